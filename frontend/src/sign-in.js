// The sign-in page needs no script but this: the cursor stands where typing begins.
document.querySelector("input:not([value]), input[type=password]")?.focus();
