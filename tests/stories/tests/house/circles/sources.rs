//! Reads which files of a crate use what is defined in which others: every path of its code, resolved through imports and
//! re-exports to the file of the definition. A name that a file only re-exports makes no arrow, and neither does declaring
//! a module. Methods are not seen: of which type they are takes a compiler to say.

use proc_macro2::{TokenStream, TokenTree};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};
use syn::{Attribute, ForeignItem, Item, UseTree, Visibility, visit::Visit};

/// The most imports that one name is followed through.
const MAX_IMPORTS: usize = 32;

/// Which files of a crate use what of which others.
#[derive(Default)]
pub(super) struct Uses {
    /// By file, and by file that it uses: one of the paths that say so.
    pub(super) of: BTreeMap<PathBuf, BTreeMap<PathBuf, String>>,
    /// Paths into the crate of which no definition was found.
    pub(super) unknown: BTreeSet<String>,
}

impl Uses {
    /// Reads the crate of which `root` is the first file.
    pub(super) fn read(root: &Path) -> Self {
        let mut reader = Reader::default();
        reader.module(None, root.to_owned());
        let folder = root.parent().unwrap().to_owned();
        reader.file(0, root, folder);
        reader.uses()
    }
}

type Names = Vec<String>;

#[derive(Clone, Copy, PartialEq)]
enum Meaning {
    Module(usize),
    /// Something that is defined in the file of this module.
    Item(usize),
    Elsewhere,
}

enum Binding {
    Is(Meaning),
    Import(Names),
}

struct Module {
    parent: Option<usize>,
    file: PathBuf,
    names: BTreeMap<String, Vec<Binding>>,
    globs: Vec<Names>,
    /// Names in the calls of macros that stand for items: one of them may be what the macro defines.
    generated: BTreeSet<String>,
    /// Whether a macro stands for items, which then may have any name.
    generates: bool,
    references: BTreeSet<Names>,
}

#[derive(Default)]
struct Reader {
    modules: Vec<Module>,
    now: usize,
    /// The folder in which the modules are that the current one declares.
    folder: PathBuf,
    /// The folder of the current file, which `#[path]` is relative to.
    beside: PathBuf,
}

impl Reader {
    fn module(&mut self, parent: Option<usize>, file: PathBuf) -> usize {
        self.modules.push(Module {
            parent,
            file,
            names: BTreeMap::new(),
            globs: Vec::new(),
            generated: BTreeSet::new(),
            generates: false,
            references: BTreeSet::new(),
        });
        self.modules.len() - 1
    }

    fn file(&mut self, module: usize, path: &Path, folder: PathBuf) {
        let text = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let file = syn::parse_file(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let outside = std::mem::replace(&mut self.beside, path.parent().unwrap().to_owned());
        self.inside(module, folder, |reader| reader.visit_file(&file));
        self.beside = outside;
    }

    fn inside(&mut self, module: usize, folder: PathBuf, read: impl FnOnce(&mut Self)) {
        let outside = (self.now, std::mem::replace(&mut self.folder, folder));
        self.now = module;
        read(self);
        (self.now, self.folder) = outside;
    }

    fn declared(&mut self, item: &syn::ItemMod) {
        let name = item.ident.to_string();
        let folder = self.folder.join(&name);
        let file = match (&item.content, path_attribute(&item.attrs)) {
            (Some(_), _) => self.modules[self.now].file.clone(),
            (None, Some(path)) => self.beside.join(path),
            (None, None) if folder.join("mod.rs").exists() => folder.join("mod.rs"),
            (None, None) => folder.with_extension("rs"),
        };
        let module = self.module(Some(self.now), file.clone());
        self.bind(&name, Binding::Is(Meaning::Module(module)));
        match &item.content {
            Some((_, items)) => {
                self.inside(module, folder, |reader| {
                    items.iter().for_each(|item| reader.visit_item(item));
                });
            }
            None if path_attribute(&item.attrs).is_some() => {
                let beside = file.parent().unwrap().to_owned();
                self.file(module, &file, beside);
            }
            None => self.file(module, &file, folder),
        }
    }

    fn bind(&mut self, name: &str, binding: Binding) {
        let names = &mut self.modules[self.now].names;
        names.entry(name.to_owned()).or_default().push(binding);
    }

    fn refer(&mut self, path: Names) {
        self.modules[self.now].references.insert(path);
    }

    fn import(&mut self, before: &Names, tree: &UseTree, again: bool) {
        let with = |name: &syn::Ident| {
            let mut path = before.clone();
            // `use a::{self}` is `a`.
            if name != "self" || path.is_empty() {
                path.push(name.to_string());
            }
            path
        };
        let (path, name) = match tree {
            UseTree::Path(tree) => return self.import(&with(&tree.ident), &tree.tree, again),
            UseTree::Group(group) => {
                return group.items.iter().for_each(|tree| self.import(before, tree, again));
            }
            UseTree::Glob(_) => {
                self.refer(before.clone());
                self.modules[self.now].globs.push(before.clone());
                return;
            }
            UseTree::Name(tree) => (with(&tree.ident), None),
            UseTree::Rename(tree) => (with(&tree.ident), Some(tree.rename.to_string())),
        };
        if !again {
            self.refer(path.clone());
        }
        let name = name.unwrap_or_else(|| path.last().unwrap().clone());
        self.bind(&name, Binding::Import(path));
    }

    /// Reads the paths in what a macro is called with, or an attribute, which need not be Rust.
    fn tokens(&mut self, tokens: TokenStream, strings: bool) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let is =
            |place: usize, sign: char| matches!(tokens.get(place), Some(TokenTree::Punct(p)) if p.as_char() == sign);
        let mut place = 0;
        while place < tokens.len() {
            match &tokens[place] {
                TokenTree::Group(group) => self.tokens(group.stream(), strings),
                TokenTree::Literal(literal) if strings => {
                    let text = syn::parse_str::<syn::LitStr>(&literal.to_string()).ok();
                    if let Some(path) = text.and_then(|text| text.parse::<syn::Path>().ok()) {
                        let mut path = names(&path);
                        // serde calls what is in a module that is named `with`.
                        if place > 1 && matches!(&tokens[place - 2], TokenTree::Ident(name) if name == "with") {
                            path.push("serialize".into());
                        }
                        self.refer(path);
                    }
                }
                TokenTree::Ident(first) => {
                    // The rest of a path that begins otherwise, a field or method, or a lifetime.
                    let rest = place > 0
                        && (is(place - 1, '.')
                            || is(place - 1, '\'')
                            || (place > 1 && is(place - 1, ':') && is(place - 2, ':')));
                    let mut path = vec![first.to_string()];
                    while is(place + 1, ':')
                        && is(place + 2, ':')
                        && let Some(TokenTree::Ident(next)) = tokens.get(place + 3)
                    {
                        path.push(next.to_string());
                        place += 3;
                    }
                    let called = matches!(tokens.get(place + 1), Some(TokenTree::Group(_))) || is(place + 1, '!');
                    let named = path.len() > 1 || called || path[0].starts_with(char::is_uppercase);
                    if named && !rest {
                        self.refer(path);
                    }
                }
                _ => {}
            }
            place += 1;
        }
    }
}

impl<'a> Visit<'a> for Reader {
    fn visit_item(&mut self, item: &'a Item) {
        let (name, attributes) = match item {
            Item::Const(item) => (Some(&item.ident), &item.attrs),
            Item::Enum(item) => (Some(&item.ident), &item.attrs),
            Item::Fn(item) => (Some(&item.sig.ident), &item.attrs),
            Item::Macro(item) => (item.ident.as_ref(), &item.attrs),
            Item::Static(item) => (Some(&item.ident), &item.attrs),
            Item::Struct(item) => (Some(&item.ident), &item.attrs),
            Item::Trait(item) => (Some(&item.ident), &item.attrs),
            Item::Type(item) => (Some(&item.ident), &item.attrs),
            Item::Union(item) => (Some(&item.ident), &item.attrs),
            Item::ForeignMod(item) => (None, &item.attrs),
            Item::Impl(item) => (None, &item.attrs),
            Item::Mod(item) => (None, &item.attrs),
            Item::Use(item) => (None, &item.attrs),
            _ => return,
        };
        if of_tests(attributes) {
            return;
        }
        if let Some(name) = name {
            self.bind(&name.to_string(), Binding::Is(Meaning::Item(self.now)));
        }
        match item {
            Item::Mod(item) => return self.declared(item),
            Item::Macro(item) => match &item.ident {
                // Seen by what is below the module and after it, without an import.
                Some(name) => self.bind(&format!("{name}!"), Binding::Is(Meaning::Item(self.now))),
                None => {
                    let module = &mut self.modules[self.now];
                    module.generates = true;
                    generated(item.mac.tokens.clone(), &mut module.generated);
                }
            },
            _ => {}
        }
        syn::visit::visit_item(self, item);
    }

    fn visit_foreign_item(&mut self, item: &'a ForeignItem) {
        let name = match item {
            ForeignItem::Fn(item) => &item.sig.ident,
            ForeignItem::Static(item) => &item.ident,
            ForeignItem::Type(item) => &item.ident,
            _ => return,
        };
        self.bind(&name.to_string(), Binding::Is(Meaning::Item(self.now)));
        syn::visit::visit_foreign_item(self, item);
    }

    fn visit_item_use(&mut self, item: &'a syn::ItemUse) {
        if item.leading_colon.is_none() {
            self.import(&Names::new(), &item.tree, !matches!(item.vis, Visibility::Inherited));
        }
    }

    fn visit_impl_item_fn(&mut self, item: &'a syn::ImplItemFn) {
        if !of_tests(&item.attrs) {
            syn::visit::visit_impl_item_fn(self, item);
        }
    }

    fn visit_attribute(&mut self, attribute: &'a Attribute) {
        if let syn::Meta::List(list) = &attribute.meta {
            self.tokens(list.tokens.clone(), true);
        }
    }

    fn visit_macro(&mut self, call: &'a syn::Macro) {
        if let Some(name) = call.path.get_ident() {
            self.refer(vec![format!("{name}!")]);
        }
        self.tokens(call.tokens.clone(), false);
        syn::visit::visit_macro(self, call);
    }

    fn visit_path(&mut self, path: &'a syn::Path) {
        if path.leading_colon.is_none() {
            self.refer(names(path));
        }
        syn::visit::visit_path(self, path);
    }
}

/// What the names mean, once all are read.
impl Reader {
    fn uses(&self) -> Uses {
        let mut uses = Uses::default();
        for (from, module) in self.modules.iter().enumerate() {
            let of = uses.of.entry(module.file.clone()).or_default();
            for path in &module.references {
                let meanings = self.resolve(from, path, 0);
                if meanings.is_empty() {
                    let path = path.join("::");
                    uses.unknown.insert(format!("{}: {path}", module.file.display()));
                }
                for meaning in meanings {
                    match meaning {
                        Meaning::Item(to) if self.modules[to].file != module.file => {
                            of.insert(self.modules[to].file.clone(), path.join("::"));
                        }
                        _ => {}
                    }
                }
            }
        }
        uses
    }

    fn resolve(&self, from: usize, path: &[String], imports: usize) -> Vec<Meaning> {
        let (mut meanings, rest) = match path[0].as_str() {
            "crate" => (vec![Meaning::Module(0)], &path[1..]),
            "self" => (vec![Meaning::Module(from)], &path[1..]),
            "super" => (vec![Meaning::Module(from)], path),
            name if name.ends_with('!') => (self.above(from, name), &path[1..]),
            name => (self.named(from, name, imports), &path[1..]),
        };
        if meanings.is_empty() {
            meanings.push(Meaning::Elsewhere);
        }
        for name in rest {
            let next = |meaning: Meaning| match meaning {
                Meaning::Module(module) if name == "super" => {
                    vec![Meaning::Module(self.modules[module].parent.unwrap())]
                }
                Meaning::Module(module) => {
                    let found = self.named(module, name, imports);
                    if found.is_empty() && self.modules[module].generates {
                        return vec![Meaning::Item(module)];
                    }
                    found
                }
                other => vec![other],
            };
            meanings = meanings.into_iter().flat_map(next).collect();
        }
        meanings
    }

    fn named(&self, module: usize, name: &str, imports: usize) -> Vec<Meaning> {
        if imports == MAX_IMPORTS {
            return Vec::new();
        }
        let module_of = &self.modules[module];
        let mut found = Vec::new();
        for binding in module_of.names.get(name).into_iter().flatten() {
            match binding {
                Binding::Is(meaning) => found.push(*meaning),
                // The import of a crate by its own name.
                Binding::Import(path) if path.len() == 1 && path[0] == name => found.push(Meaning::Elsewhere),
                Binding::Import(path) => found.extend(self.resolve(module, path, imports + 1)),
            }
        }
        if found.is_empty() && module_of.generated.contains(name) {
            found.push(Meaning::Item(module));
        }
        if found.is_empty() {
            for path in &module_of.globs {
                for meaning in self.resolve(module, path, imports + 1) {
                    if let Meaning::Module(of) = meaning
                        && of != module
                    {
                        found.extend(self.named(of, name, imports + 1));
                    }
                }
            }
        }
        found
    }

    fn above(&self, from: usize, name: &str) -> Vec<Meaning> {
        let mut module = Some(from);
        while let Some(above) = module {
            if self.modules[above].names.contains_key(name) {
                return vec![Meaning::Item(above)];
            }
            module = self.modules[above].parent;
        }
        Vec::new()
    }
}

fn names(path: &syn::Path) -> Names {
    path.segments.iter().map(|segment| segment.ident.to_string()).collect()
}

fn of_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| match &attribute.meta {
        syn::Meta::List(list) if list.path.is_ident("cfg") => {
            let condition = list.tokens.to_string();
            condition == "test" || condition.starts_with("all (test ,") || condition.starts_with("all (test,")
        }
        _ => false,
    })
}

fn path_attribute(attributes: &[Attribute]) -> Option<String> {
    attributes.iter().find_map(|attribute| match &attribute.meta {
        syn::Meta::NameValue(syn::MetaNameValue {
            path,
            value:
                syn::Expr::Lit(syn::ExprLit {
                    lit: syn::Lit::Str(text),
                    ..
                }),
            ..
        }) if path.is_ident("path") => Some(text.value()),
        _ => None,
    })
}

fn generated(tokens: TokenStream, names: &mut BTreeSet<String>) {
    for token in tokens {
        match token {
            TokenTree::Group(group) => generated(group.stream(), names),
            TokenTree::Ident(name) => drop(names.insert(name.to_string())),
            _ => {}
        }
    }
}
