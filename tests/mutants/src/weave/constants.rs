//! Constants that mutants change. A constant asks nobody, so each of these becomes a function beside it, which the code
//! calls instead.

use std::collections::{BTreeMap, BTreeSet};

use syn::spanned::Spanned;
use syn::visit::Visit;

use crate::list::Mutant;

/// What the name of the function has after that of the constant.
pub(crate) const NOW: &str = "__now";

/// The constants that mutants change, or that are made of such ones, by name.
pub(crate) struct Constants(BTreeMap<String, Constant>);

/// A constant.
pub(crate) struct Constant {
    /// The module that it is in.
    pub(crate) module: String,
    /// Whether it is one of a type.
    pub(crate) associated: bool,
    /// The mutants in it, and in those that it is made of.
    pub(crate) of: BTreeSet<usize>,
    uses: BTreeSet<String>,
}

impl Constants {
    pub(crate) fn get(&self, name: &str) -> Option<&Constant> {
        self.0.get(name)
    }
}

struct Finding<'a> {
    module: String,
    mutants: &'a [(usize, &'a Mutant)],
    found: BTreeMap<String, Constant>,
}

impl Finding<'_> {
    fn add(&mut self, name: &syn::Ident, expression: &syn::Expr, associated: bool) {
        let (start, end) = (expression.span().start(), expression.span().end());
        let from = (start.line, start.column + 1);
        let to = (end.line, end.column + 1);
        let within = self.mutants.iter().filter(|(_, mutant)| {
            let at = (mutant.span.start.line, mutant.span.start.column);
            from <= at && at < to
        });
        let of = within.map(|(number, _)| *number).collect();
        let mut uses = Uses::default();
        uses.visit_expr(expression);
        let constant = Constant {
            module: self.module.clone(),
            associated,
            of,
            uses: uses.0,
        };
        self.found.insert(name.to_string(), constant);
    }
}

impl<'ast> Visit<'ast> for Finding<'_> {
    fn visit_item_const(&mut self, item: &'ast syn::ItemConst) {
        self.add(&item.ident, &item.expr, false);
    }
    fn visit_impl_item_const(&mut self, item: &'ast syn::ImplItemConst) {
        self.add(&item.ident, &item.expr, true);
    }
    // A constant of a function is seen by it alone.
    fn visit_block(&mut self, _: &'ast syn::Block) {}
}

/// The last names of all paths in an expression.
#[derive(Default)]
struct Uses(BTreeSet<String>);

impl<'ast> Visit<'ast> for Uses {
    fn visit_path(&mut self, path: &'ast syn::Path) {
        let last = path.segments.last().map(|last| last.ident.to_string());
        self.0.extend(last);
    }
}

/// The constants of all files that mutants change, directly or by another constant.
pub(crate) fn found<'a>(
    files: impl Iterator<Item = (String, &'a syn::File, &'a [(usize, &'a Mutant)])>,
) -> Constants {
    let mut all = BTreeMap::new();
    for (module, file, mutants) in files {
        let mut finding = Finding {
            module,
            mutants,
            found: BTreeMap::new(),
        };
        finding.visit_file(file);
        all.extend(finding.found);
    }
    // Each round reaches one constant further; there are no circles among constants.
    for _ in 0..all.len() {
        let reached: BTreeMap<String, BTreeSet<usize>> = all
            .iter()
            .map(|(name, constant)| {
                let used = constant.uses.iter().filter_map(|name| all.get(name));
                let of = used.flat_map(|used| used.of.iter().copied());
                (name.clone(), of.chain(constant.of.clone()).collect())
            })
            .collect();
        let mut grew = false;
        for (name, of) in reached {
            if let Some(constant) = all.get_mut(&name) {
                grew |= constant.of.len() < of.len();
                constant.of = of;
            }
        }
        if !grew {
            break;
        }
    }
    all.retain(|_, constant| !constant.of.is_empty());
    Constants(all)
}
