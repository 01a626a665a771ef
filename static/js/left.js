// The page after signing out.

import { leaveNothing } from "./leave.js";
import "./ui.js";

leaveNothing().catch(() => undefined);
