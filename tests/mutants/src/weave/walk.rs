//! The walk through a source file that finds each mutant's place and says there what to do when it is chosen.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use proc_macro2::LineColumn;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{Expr, ExprBinary};

use super::Inexpressible;
use super::constants::{Constants, NOW};
use super::text::{Insertions, Piece, Source};
use crate::list::{Genre, Mutant, Place};

pub(crate) struct Walk<'a> {
    source: &'a Source<'a>,
    mutants: BTreeMap<usize, &'a Mutant>,
    left_out: BTreeMap<usize, Inexpressible>,
    insertions: Insertions,
    constants: &'a Constants,
    module: String,
}

fn place(at: LineColumn) -> Place {
    Place {
        line: at.line,
        column: at.column + 1,
    }
}

impl<'a> Walk<'a> {
    pub(crate) fn new(
        source: &'a Source<'a>,
        mutants: &[(usize, &'a Mutant)],
        without: &BTreeSet<usize>,
        constants: &'a Constants,
        module: String,
    ) -> Self {
        let mutants = mutants.iter().copied();
        Self {
            source,
            mutants: mutants
                .filter(|(number, _)| !without.contains(number))
                .collect(),
            left_out: BTreeMap::new(),
            insertions: Insertions::default(),
            constants,
            module,
        }
    }

    pub(crate) fn file(&mut self, file: &syn::File) {
        self.visit_file(file);
    }

    /// What is put in, and the mutants that are not.
    pub(crate) fn end(mut self) -> (Insertions, BTreeMap<usize, Inexpressible>) {
        let nowhere = std::mem::take(&mut self.mutants);
        let nowhere = nowhere
            .into_keys()
            .map(|number| (number, Inexpressible::NoWay));
        self.left_out.extend(nowhere);
        (self.insertions, self.left_out)
    }

    fn range(&self, of: &impl Spanned) -> Range<usize> {
        let span = of.span();
        self.source.offset(place(span.start()))..self.source.offset(place(span.end()))
    }

    /// The mutants of a kind that begin where something does. They are not given again.
    fn take(&mut self, genre: Genre, of: &impl Spanned) -> Vec<(usize, &'a Mutant)> {
        let start = place(of.span().start());
        let there: Vec<(usize, &'a Mutant)> = self
            .mutants
            .iter()
            .filter(|(_, mutant)| mutant.genre == genre && mutant.span.start == start)
            .map(|(number, mutant)| (*number, *mutant))
            .collect();
        for (number, _) in &there {
            self.mutants.remove(number);
        }
        there
    }

    /// Puts an expression's mutants before it, each with what the whole is then.
    fn choose(&mut self, whole: &Range<usize>, mutants: &[(usize, &'a Mutant)]) -> bool {
        for (place, (number, mutant)) in mutants.iter().enumerate() {
            let part = self.source.range(mutant.span);
            let wrong = self
                .source
                .replaced(whole.clone(), part, &mutant.replacement);
            let begin = if place == 0 { "(" } else { " else " };
            let text = format!("{begin}if crate::mutant({number}) {{ ({wrong}) }}");
            self.insertions.put(whole.start, text, &[*number]);
        }
        if !mutants.is_empty() {
            self.insertions.put(whole.start, " else { ", &[]);
        }
        !mutants.is_empty()
    }

    fn chosen(&mut self, whole: &Range<usize>, any: bool) {
        if any {
            self.insertions.put(whole.end, " })", &[]);
        }
    }

    /// The mutants of all operators of a chain of operands without parentheses: what they bind changes with them.
    fn take_chain(&mut self, chain: &ExprBinary) -> Vec<(usize, &'a Mutant)> {
        let mut found = Vec::new();
        for side in [&chain.left, &chain.right] {
            if let Expr::Binary(inner) = side.as_ref() {
                found.extend(self.take_chain(inner));
            }
        }
        found.extend(self.take(Genre::BinaryOperator, &chain.op));
        found
    }

    fn visit_chain(&mut self, chain: &ExprBinary) {
        for side in [&chain.left, &chain.right] {
            if let Expr::Binary(inner) = side.as_ref() {
                self.visit_chain(inner);
            } else {
                self.visit_expr(side);
            }
        }
    }

    fn function(&mut self, signature: &syn::Signature, block: &syn::Block) {
        let Some(first) = block.stmts.first() else {
            return;
        };
        let mutants = self.take(Genre::FnValue, first);
        let body = self.range(block);
        let body = body.start + 1..body.end - 1;
        let hidden = hides_its_kind(signature);
        for (number, mutant) in &mutants {
            let value = &mutant.replacement;
            let text = if hidden {
                let value = format!("Box::new({value}) as Box<dyn Iterator<Item = _>>");
                format!(" if crate::mutant({number}) {{ return crate::Given::Mutated({value}); }} ")
            } else {
                format!(" if crate::mutant({number}) {{ return {value}; }} ")
            };
            self.insertions.put(body.start, text, &[*number]);
        }
        let numbers: Vec<usize> = mutants.iter().map(|(number, _)| *number).collect();
        let wrapped = hidden && !mutants.is_empty();
        if wrapped {
            let text = " crate::Given::Right((move || { ";
            self.insertions.put(body.start, text, &numbers);
        }
        self.visit_block(block);
        if wrapped {
            self.insertions.put(body.end, " })())", &numbers);
        }
    }

    /// A function that gives what a constant is now, behind the constant.
    fn constant(&mut self, name: &syn::Ident, kind: &syn::Type, value: &Expr) {
        let Some(constant) = self.constants.get(&name.to_string()) else {
            return;
        };
        let of: Vec<usize> = constant.of.iter().copied().collect();
        let kind = self.source.text(self.range(kind));
        let range = self.range(value);
        let outside = std::mem::take(&mut self.insertions);
        self.visit_expr(value);
        let inside = std::mem::replace(&mut self.insertions, outside);
        let pieces = inside.pieces(self.source.text(0..range.end), range.clone());
        let piece = |text: String| Piece {
            text,
            of: of.clone(),
        };
        let kind = kind.replace("&str", "&'static str");
        let head = format!(
            "\n#[expect(non_snake_case)] pub(crate) fn {name}{NOW}() -> &'static {kind} {{ \
             static NOW: std::sync::LazyLock<{kind}> = std::sync::LazyLock::new(|| "
        );
        let tail = "); &NOW }\n".to_owned();
        let whole = [vec![piece(head)], pieces, vec![piece(tail)]].concat();
        // Behind the semicolon that ends the constant.
        self.insertions.put_all(range.end + 1, whole);
    }
}

/// Whether only the body of a function tells what it gives.
fn hides_its_kind(signature: &syn::Signature) -> bool {
    match &signature.output {
        syn::ReturnType::Type(_, kind) => matches!(kind.as_ref(), syn::Type::ImplTrait(_)),
        syn::ReturnType::Default => false,
    }
}

fn has_let(chain: &ExprBinary) -> bool {
    [&chain.left, &chain.right].iter().any(|side| {
        matches!(side.as_ref(), Expr::Let(_))
            || matches!(side.as_ref(), Expr::Binary(inner) if has_let(inner))
    })
}

/// Whether something is there for tests only.
fn is_of_tests(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg")
            && attribute
                .parse_args::<syn::Path>()
                .is_ok_and(|what| what.is_ident("test"))
    })
}

impl<'ast> Visit<'ast> for Walk<'_> {
    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        if !is_of_tests(&item.attrs) {
            visit::visit_item_mod(self, item);
        }
    }

    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        if !is_of_tests(&item.attrs) {
            self.function(&item.sig, &item.block);
        }
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.function(&item.sig, &item.block);
    }

    fn visit_trait_item_fn(&mut self, item: &'ast syn::TraitItemFn) {
        if let Some(block) = &item.default {
            self.function(&item.sig, block);
        }
    }

    fn visit_item_const(&mut self, item: &'ast syn::ItemConst) {
        self.constant(&item.ident, &item.ty, &item.expr);
    }

    fn visit_impl_item_const(&mut self, item: &'ast syn::ImplItemConst) {
        self.constant(&item.ident, &item.ty, &item.expr);
    }

    // What is known when it is compiled asks nobody.
    fn visit_item_static(&mut self, _: &'ast syn::ItemStatic) {}
    fn visit_type(&mut self, _: &'ast syn::Type) {}
    fn visit_attribute(&mut self, _: &'ast syn::Attribute) {}
    fn visit_pat(&mut self, _: &'ast syn::Pat) {}

    fn visit_expr_repeat(&mut self, repeat: &'ast syn::ExprRepeat) {
        self.visit_expr(&repeat.expr);
    }

    fn visit_expr_path(&mut self, path: &'ast syn::ExprPath) {
        let Some(last) = path.path.segments.last() else {
            return;
        };
        let Some(constant) = self.constants.get(&last.ident.to_string()) else {
            return;
        };
        let of: Vec<usize> = constant.of.iter().copied().collect();
        let range = self.range(path);
        let alone = path.path.segments.len() == 1;
        let imported = alone && !constant.associated && constant.module != self.module;
        let module = if imported {
            format!("{}::", constant.module)
        } else {
            String::new()
        };
        self.insertions.put(range.start, format!("(*{module}"), &of);
        self.insertions.put(range.end, format!("{NOW}())"), &of);
    }

    fn visit_expr_binary(&mut self, chain: &'ast ExprBinary) {
        if has_let(chain) {
            for (number, _) in self.take(Genre::BinaryOperator, &chain.op) {
                self.left_out.insert(number, Inexpressible::NoRust);
            }
            self.visit_expr(&chain.left);
            self.visit_expr(&chain.right);
            return;
        }
        let whole = self.range(chain);
        let mutants = self.take_chain(chain);
        let any = self.choose(&whole, &mutants);
        self.visit_chain(chain);
        self.chosen(&whole, any);
    }

    fn visit_expr_unary(&mut self, unary: &'ast syn::ExprUnary) {
        let whole = self.range(unary);
        let mutants = self.take(Genre::UnaryOperator, unary);
        let any = self.choose(&whole, &mutants);
        visit::visit_expr_unary(self, unary);
        self.chosen(&whole, any);
    }

    fn visit_expr_struct(&mut self, structure: &'ast syn::ExprStruct) {
        let whole = self.range(structure);
        let mut mutants = Vec::new();
        for field in &structure.fields {
            mutants.extend(self.take(Genre::StructField, field));
        }
        let any = self.choose(&whole, &mutants);
        visit::visit_expr_struct(self, structure);
        self.chosen(&whole, any);
    }

    fn visit_expr_match(&mut self, expression: &'ast syn::ExprMatch) {
        let catches_all = |arm: &syn::Arm| {
            let any = matches!(&arm.pat, syn::Pat::Wild(_) | syn::Pat::Ident(_));
            any && arm.guard.is_none()
        };
        // What is left without an arm has to have a case for everything.
        for (place, arm) in expression.arms.iter().enumerate() {
            let mut others = expression.arms.iter().enumerate();
            if others.any(|(other, arm)| other != place && catches_all(arm)) {
                continue;
            }
            for (number, _) in self.take(Genre::MatchArm, arm) {
                self.left_out.insert(number, Inexpressible::NoRust);
            }
        }
        visit::visit_expr_match(self, expression);
    }

    fn visit_arm(&mut self, arm: &'ast syn::Arm) {
        let gone = self.take(Genre::MatchArm, arm);
        let numbers: Vec<usize> = gone.iter().map(|(number, _)| *number).collect();
        let there: String = numbers
            .iter()
            .map(|number| format!("!crate::mutant({number}) && "))
            .collect();
        match &arm.guard {
            None => {
                if !gone.is_empty() {
                    let text = format!(" if {}", there.trim_end_matches(" && "));
                    let end = self.range(&arm.pat).end;
                    self.insertions.put(end, text, &numbers);
                }
            }
            Some((_, guard)) => {
                let mut conditions = there;
                let mut of = numbers;
                for (number, mutant) in self.take(Genre::MatchArmGuard, guard.as_ref()) {
                    of.push(number);
                    let asked = format!("crate::mutant({number})");
                    conditions = if mutant.replacement == "true" {
                        format!("{conditions}({asked} || ")
                    } else {
                        format!("{conditions}(!{asked} && ")
                    };
                }
                let open = conditions.matches('(').count() - conditions.matches("mutant(").count();
                let whole = self.range(guard.as_ref());
                self.insertions
                    .put(whole.start, format!("{conditions}("), &of);
                self.visit_expr(guard);
                self.insertions.put(whole.end, ")".repeat(open + 1), &of);
            }
        }
        self.visit_expr(&arm.body);
    }
}
