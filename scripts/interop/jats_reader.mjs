// Reads every JATS file of a folder with jats-xml: jats_reader.mjs NODE_MODULES FOLDER. Prints how many files, and how many of
// them have a title, authors, a journal, a DOI, a date and a licence to its mind.
import { readdirSync, readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [modules, folder] = process.argv.slice(2);
const { Jats } = await import(pathToFileURL(`${modules}/jats-xml/dist/index.js`));
const counts = { files: 0, title: 0, authors: 0, journal: 0, doi: 0, date: 0, license: 0 };
for (const name of readdirSync(folder).filter((name) => name.endsWith(".xml"))) {
  const jats = new Jats(readFileSync(`${folder}/${name}`, "utf8"));
  counts.files += 1;
  counts.title += jats.articleTitle ? 1 : 0;
  counts.authors += jats.articleAuthors.length ? 1 : 0;
  counts.doi += jats.doi ? 1 : 0;
  counts.date += jats.publicationDate ? 1 : 0;
  counts.license += jats.license ? 1 : 0;
  counts.journal += jats.frontmatter?.venue || JSON.stringify(jats.front).includes('"journal-title"') ? 1 : 0;
}
console.log(JSON.stringify(counts));
