"""PostgreSQL's own tools: they copy a database that is in use, and put one back."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import IO, Any, Final

from psycopg.conninfo import conninfo_to_dict, make_conninfo
from sqlalchemy import URL, Update
from sqlalchemy.dialects import postgresql

BEFORE: Final = b"""
SET lock_timeout = '10s';
DO $$ DECLARE found record; BEGIN
  FOR found IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
    EXECUTE format('DROP TABLE public.%I CASCADE', found.tablename);
  END LOOP;
END $$;
"""
BROKEN: Final = b"\nDO $$ BEGIN RAISE EXCEPTION 'the backup is damaged'; END $$;\n"


def dump(url: URL, file: Path) -> None:
    """Copy the whole database into a file; raises RuntimeError with the tool's own words."""
    with _errors() as errors:
        made = subprocess.run(  # noqa: S603 - our own words and settings only
            [_tool("pg_dump"), "--format=custom", "--no-owner", "--no-acl", f"--file={file}",
             _address(url)],
            env=_secrets(url), stderr=errors, check=False,
        )  # fmt: skip
        _judge(made.returncode, errors)


def put_back_dump(url: URL, file: Path, marks: Update) -> None:
    """Replace all tables by those of a dump and apply `marks`, in one transaction."""
    psql = [
        _tool("psql"), "--no-psqlrc", "--quiet", "--single-transaction",
        "--set=ON_ERROR_STOP=1", "--output=/dev/null", _address(url),
    ]  # fmt: skip
    script = [_tool("pg_restore"), "--no-owner", "--no-acl", "--file=-", str(file)]
    with _errors() as errors, _errors() as others:
        with (
            subprocess.Popen(  # noqa: S603 - our own words and settings only
                psql, env=_secrets(url), stdin=subprocess.PIPE, stderr=errors
            ) as into,
            subprocess.Popen(  # noqa: S603 - our own words and settings only
                script, stdout=subprocess.PIPE, stderr=others
            ) as out,
        ):
            _feed(into, out, _sealed(marks))
        _judge(out.returncode, others)
        _judge(into.returncode, errors)


def _feed(into: "subprocess.Popen[bytes]", out: "subprocess.Popen[bytes]", last: bytes) -> None:
    """Lead one into the other; a dump that cannot be read to its end must not be committed."""
    if into.stdin is None or out.stdout is None:
        raise RuntimeError("the tools of PostgreSQL have no pipes")
    try:
        into.stdin.write(BEFORE)
        shutil.copyfileobj(out.stdout, into.stdin)
        into.stdin.write(last if out.wait() == 0 else BROKEN)
        into.stdin.close()
    except BrokenPipeError:
        out.kill()  # The one that reads has stopped, and says why.


def _sealed(marks: Update) -> bytes:
    compiled = marks.compile(
        dialect=postgresql.dialect(),  # type: ignore[no-untyped-call]
        compile_kwargs={"literal_binds": True},
    )
    return f"\nSET search_path = public;\n{compiled};\n".encode()


def _tool(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise RuntimeError(f"{name} is not installed here; it comes with PostgreSQL")
    return found


def _address(url: URL) -> str:
    """Where the database is, without the password: anybody may read a command line."""
    return make_conninfo(**(_parts(url) | {"password": None}))


def _secrets(url: URL) -> dict[str, str]:
    password = _parts(url).get("password")
    return os.environ | ({"PGPASSWORD": str(password)} if password else {})


def _parts(url: URL) -> dict[str, Any]:
    plain = url.set(drivername="postgresql").render_as_string(hide_password=False)
    return dict(conninfo_to_dict(plain))


def _errors() -> IO[bytes]:
    return tempfile.TemporaryFile()


def _judge(status: int, errors: IO[bytes]) -> None:
    if status == 0:
        return
    errors.seek(0)
    said = errors.read(10_000).decode(errors="replace").strip().splitlines()
    raise RuntimeError("; ".join(said[:3]) if said else f"a tool of PostgreSQL ended with {status}")
