"""One async function an operation: translate in, call one service, shape out."""
