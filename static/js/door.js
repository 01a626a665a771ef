// Where staff sign in.

import "./passkey.js";
import "./ui.js";
