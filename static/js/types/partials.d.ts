/** The text of templates/partials/, by name; scripts/build-static puts it in. */
declare module "athanor:partials" {
    const partials: Record<string, string>;
    export default partials;
}
