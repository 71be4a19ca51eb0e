// While an import runs, look again every three seconds.
setTimeout(() => location.reload(), 3000);
