// The compiler, as a CommonJS module: imported from an ES module directly, Node would look through its nine megabytes
// for the names they export, which takes longer than everything else at a session's start together.

import codeCache = require("./code-cache.cjs");

codeCache.loadWithCodeCache(require.resolve("typescript"));

import ts = require("typescript");

export = ts;
