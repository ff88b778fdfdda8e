/** What is used here of mustache.js. */
declare const Mustache: { render(template: string, view: unknown, partials: Record<string, string>): string };
export default Mustache;
