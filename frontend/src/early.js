// Loaded before anything of the page is there.
import "./forms.js";
import "./theme.js";
