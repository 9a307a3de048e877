setInterval(()=>postMessage("beat"),5e3);
