document.querySelector("input:not([value]), input[type=password]")?.focus();
