// Makes plain HTML of the pages in docs: ./mvnw -q -N -Psite, into target/site. The build fails if a link inside the site leads nowhere.
import syntaxHighlight from "@11ty/eleventy-plugin-syntaxhighlight";
import anchor from "markdown-it-anchor";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const site = dirname(fileURLToPath(import.meta.url));
const docs = resolve(site, "..");
const root = resolve(docs, "..");
const output = join(root, "target/site");
const repository = "https://github.com/pipeflux/pipeflux/blob/main/";

/** The anchor that GitHub gives to a heading. */
const slugify = (heading) => heading.toLowerCase().replace(/[^\p{L}\p{N} _-]/gu, "").replaceAll(" ", "-");

const title = (file) => /^# (.*)$/m.exec(readFileSync(file, "utf8"))[1].replaceAll("`", "");

const page = (path) => ({ url: path.replace(/\.md$/, ".html"), title: title(join(docs, path)) });

/** The guide in the order of its index, then the other pages. */
function navigation() {
  const index = readFileSync(join(docs, "guide/index.md"), "utf8");
  const guide = [...index.matchAll(/\]\(([a-z0-9-]+\.md)\)/g)].map((link) => page("guide/" + link[1]));
  const reference = readdirSync(docs).filter((name) => name.endsWith(".md")).sort().map(page);
  return [
    { title: "Guide", pages: guide },
    { title: "Reference", pages: reference },
  ];
}

/** A link between pages, or from a page to a file of the repository. */
function href(target, env) {
  if (/^[a-z]+:|^#/.test(target)) {
    return target;
  }
  const [path, hash] = target.split("#");
  const file = resolve(dirname(resolve(site, env.page.inputPath)), path);
  const inDocs = relative(docs, file);
  const to = inDocs.startsWith("..") ? repository + relative(root, file) : path.replace(/\.md$/, ".html");
  return hash ? to + "#" + hash : to;
}

function links(markdown) {
  markdown.core.ruler.push("links", (state) => {
    for (const token of state.tokens.flatMap((block) => block.children ?? [])) {
      if (token.type === "link_open") {
        token.attrSet("href", href(token.attrGet("href"), state.env));
      }
    }
  });
}

/** What is wrong with the links of a page: a file or an anchor that is missing, or something that a browser would fetch. */
function* broken(pageFile, html) {
  for (const [, attribute, target] of html.matchAll(/\b(href|src)="([^"]*)"/g)) {
    if (/^[a-z]+:/.test(target)) {
      if (attribute === "src") {
        yield target + " is of another site";
      }
      continue;
    }
    const [path, hash] = target.split("#");
    const file = path ? resolve(dirname(pageFile), path) : pageFile;
    if (!existsSync(file)) {
      yield target + " does not exist";
    } else if (hash && !readFileSync(file, "utf8").includes(` id="${hash}"`)) {
      yield target + " has no such heading";
    }
  }
}

export default function (eleventy) {
  eleventy.addPlugin(syntaxHighlight);
  eleventy.amendLibrary("md", (markdown) => markdown.use(anchor, { slugify, tabIndex: false }).use(links));
  eleventy.addPassthroughCopy({ [join(docs, "*.{svg,png}")]: ".", [join(docs, "operations")]: "operations" });
  eleventy.addPassthroughCopy({ [join(site, "site.css")]: "site.css" });
  eleventy.ignores.add(join(site, "node_modules"));
  eleventy.addGlobalData("layout", "page.njk");
  eleventy.addGlobalData("navigation", navigation);
  eleventy.addGlobalData("eleventyComputed", {
    permalink: (data) => data.permalink || data.page.filePathStem.slice(1) + ".html",
    title: (data) => data.title ?? title(resolve(site, data.page.inputPath)),
    up: (data) => "../".repeat(data.page.filePathStem.split("/").length - 2),
  });
  eleventy.on("eleventy.after", ({ results }) => {
    const wrong = results.flatMap(({ outputPath, content }) =>
      [...broken(resolve(site, outputPath), content)].map((what) => relative(output, resolve(site, outputPath)) + ": " + what),
    );
    if (wrong.length > 0) {
      throw new Error("expected links that lead somewhere, but got\n" + wrong.join("\n"));
    }
  });
  return {
    dir: { input: "..", includes: "site/_includes", output: relative(site, output) },
    markdownTemplateEngine: false,
    templateFormats: ["md", "njk"],
  };
}
