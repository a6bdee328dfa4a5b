// Reads CSL-JSON from stdin and writes its bibliography in APA, a line an item, by citeproc-js.
const root = process.argv[2];
const { Cite, plugins } = require(`${root}/@citation-js/core`);
require(`${root}/@citation-js/plugin-csl`);

const items = JSON.parse(require("fs").readFileSync(0, "utf8"));
const engine = plugins.config.get("@csl").engine(items, "apa", "en-US", "text");
engine.updateItems(items.map((item) => item.id));
process.stdout.write(engine.makeBibliography()[1].join(""));
