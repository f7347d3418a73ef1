// Prints the tables of Papa Parse's test-cases.js as JSON: node extract_papa.js FILE
// The file runs in a context of its own, where whatever it calls does nothing.
const fs = require("fs");
const vm = require("vm");
const anything = new Proxy(function () {}, { get: () => anything, apply: () => anything });
const context = { chai: { assert: anything }, Papa: anything, describe: anything, it: anything, setTimeout: anything };
vm.createContext(context);
const source = fs.readFileSync(process.argv[2], "utf8");
vm.runInContext(source + "\n;this.found = { core: CORE_PARSER_TESTS, parse: PARSE_TESTS };", context, { timeout: 20000 });
process.stdout.write(JSON.stringify(context.found, (_, value) => (typeof value === "function" ? "a function" : value)));
