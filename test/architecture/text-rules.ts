/** Directories of somebody's machine; `~` and example names such as /srv and /data stay possible. */
const machinePath = /(^|[\s"'`(=:])\/(work|workspace|root|home|Users|mnt)\/[\w.-]/;
/** Marks of work that was left for later. */
const leftover = /\b(TODO|FIXME|XXX|HACK)\b/;

/** One line for every line of the text that only makes sense to whoever wrote it. */
export function textViolations(path: string, text: string): readonly string[] {
  return text.split('\n').flatMap((line, index) => {
    const where = `${path}:${index + 1}`;
    return [
      ...(machinePath.test(line) ? [`${where}: a path of one machine: ${line.trim().slice(0, 100)}`] : []),
      ...(leftover.test(line) ? [`${where}: left for later: ${line.trim().slice(0, 100)}`] : []),
    ];
  });
}

/** The first word after `sheaf` in code blocks and code spans of a Markdown text, once each. */
export function commandsNamed(markdown: string): readonly string[] {
  const blocks = [...markdown.matchAll(/```[a-z]*\n([\s\S]*?)```/g)].flatMap((match) => (match[1] ?? '').split('\n'));
  const prose = markdown.replace(/```[\s\S]*?```/g, '');
  const spans = [...prose.matchAll(/`([^`\n]+)`/g)].map((match) => match[1] ?? '');
  const words = [...blocks, ...spans].flatMap((code) => {
    const word = /^(?:\$ )?sheaf (?:--[a-z]+(?: [A-Z]+)? )*([a-z][a-z-]*)/.exec(code.trim())?.[1];
    return word === undefined ? [] : [word];
  });
  return [...new Set(words)].sort();
}

/** Relative link targets of a Markdown text, without their fragments. */
export function linksOf(markdown: string): readonly string[] {
  const prose = markdown.replace(/```[\s\S]*?```/g, '').replace(/`[^`\n]*`/g, '');
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)]
    .map((match) => (match[1] ?? '').replace(/#.*$/, ''))
    .filter((link) => link !== '' && !/^[a-z]+:/.test(link));
}
