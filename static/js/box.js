// The box in this phone's database: what was said lies here until the server has it.

const NAME = "homeward";
const VERSION = 2;
const BOX = "said";
const BEFORE = "answers"; // The box of the first version, which took check-ins only.

/** Put something in. The same key is there once, and what lies there already stays as it is. */
export function add(entry) {
  return change("readwrite", (box, done) => {
    box.index("key").getKey(entry.key).onsuccess = ({ target }) => {
      if (target.result === undefined) box.add(entry);
      done(target.result === undefined);
    };
  });
}

/** Everything in the order in which it was said, whatever the phone's clock did meanwhile. */
export function all() {
  return change("readonly", (box, done) => (box.getAll().onsuccess = ({ target }) => done(target.result)));
}

export function replace(entry) {
  return change("readwrite", (box, done) => (box.put(entry).onsuccess = () => done()));
}

export function remove(entry) {
  return change("readwrite", (box, done) => (box.delete(entry.n).onsuccess = () => done()));
}

export function empty() {
  return change("readwrite", (box, done) => (box.clear().onsuccess = () => done()));
}

function database() {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open(NAME, VERSION);
    opening.onupgradeneeded = () => prepare(opening.result, opening.transaction);
    opening.onsuccess = () => {
      // Another tab may bring the next version: it must not wait for this one.
      opening.result.onversionchange = () => opening.result.close();
      resolve(opening.result);
    };
    opening.onerror = () => reject(opening.error);
  });
}

function prepare(database, transaction) {
  const box = database.createObjectStore(BOX, { keyPath: "n", autoIncrement: true });
  box.createIndex("key", "key", { unique: true });
  if (!database.objectStoreNames.contains(BEFORE)) return;
  transaction.objectStore(BEFORE).getAll().onsuccess = ({ target }) => {
    const inOrder = target.result.sort((a, b) => a.body.said_at.localeCompare(b.body.said_at));
    for (const entry of inOrder) box.add({ title: "", words: [], ...entry });
    database.deleteObjectStore(BEFORE);
  };
}

/** Resolves when it is on the disk, with what `work` handed to `done`. */
async function change(mode, work) {
  const opened = await database();
  return new Promise((resolve, reject) => {
    let result;
    // Strict: it is said to be saved only when it would survive an empty battery.
    const transaction = opened.transaction(BOX, mode, { durability: "strict" });
    work(transaction.objectStore(BOX), (found) => (result = found));
    transaction.oncomplete = () => resolve(result);
    transaction.onabort = () => reject(transaction.error);
  }).finally(() => opened.close());
}
