// The pages of whoever drives or stays: each begins what its page needs. Every page works without this.

import "./live.js";
import "./notices.js";
import "./opened.js";
import "./ui.js";
