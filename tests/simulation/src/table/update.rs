//! Updates: what an expression sets and removes.

use std::sync::Arc;

use super::placeholders::Placeholders;
use super::refused::Refused;
use super::tokens::{Comparator, Reader, Token};
use super::value::{Attribute, Item};

/// Deepest nesting of `if_not_exists`.
const MAX_DEPTH: usize = 8;

/// What an attribute is set to.
#[derive(Debug, Clone, PartialEq)]
enum Source {
    Value(Attribute),
    Name(Arc<str>),
    IfAbsent(Arc<str>, Box<Source>),
}

/// What an update does.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Update {
    sets: Vec<(Arc<str>, Source)>,
    removes: Vec<Arc<str>>,
}

impl Update {
    pub(crate) fn parse(expression: &str, given: &Placeholders<'_>) -> Result<Self, Refused> {
        let mut reader = Reader::new(expression)?;
        let mut update = Self::default();
        while reader.peek().is_some() {
            if update.sets.is_empty() && reader.take_keyword("SET") {
                loop {
                    let name = name(&mut reader, given)?;
                    reader.expect(Token::Compare(Comparator::Equal))?;
                    update.sets.push((name, source(&mut reader, given, 0)?));
                    if !reader.take(Token::Comma) {
                        break;
                    }
                }
            } else if update.removes.is_empty() && reader.take_keyword("REMOVE") {
                loop {
                    update.removes.push(name(&mut reader, given)?);
                    if !reader.take(Token::Comma) {
                        break;
                    }
                }
            } else if reader.take_keyword("SET") || reader.take_keyword("REMOVE") {
                return Err(Refused::invalid(
                    "The SET or REMOVE section can only be used once in an update expression;",
                ));
            } else {
                return Err(reader.unexpected());
            }
        }
        let mut names: Vec<&Arc<str>> = update.names().collect();
        names.sort();
        if names.windows(2).any(|pair| pair[0] == pair[1]) {
            return Err(Refused::invalid(
                "Two document paths overlap with each other; must remove or rewrite one of these paths;",
            ));
        }
        Ok(update)
    }

    /// The attributes that it changes.
    pub(crate) fn names(&self) -> impl Iterator<Item = &Arc<str>> {
        self.sets.iter().map(|(name, _)| name).chain(&self.removes)
    }

    /// The attributes that it sets to no text, whatever the item is.
    pub(crate) fn emptied(&self) -> impl Iterator<Item = &Arc<str>> {
        let sets = self.sets.iter();
        sets.filter_map(|(name, source)| match source {
            Source::Value(value) if value.text().is_some_and(|text| text.is_empty()) => Some(name),
            Source::Value(_) | Source::Name(_) | Source::IfAbsent(..) => None,
        })
    }

    /// The item as it is after the update; every source is read from the item as it was.
    pub(crate) fn applied(&self, before: &Item) -> Result<Item, Refused> {
        let mut after = before.clone();
        for (name, source) in &self.sets {
            after.insert(name.clone(), source.of(before)?);
        }
        for name in &self.removes {
            after.remove(name);
        }
        Ok(after)
    }
}

impl Source {
    fn of(&self, item: &Item) -> Result<Attribute, Refused> {
        match self {
            Self::Value(value) => Ok(value.clone()),
            Self::Name(name) => item.get(name).cloned().ok_or_else(|| {
                Refused::invalid(
                    "The provided expression refers to an attribute that does not exist in the item",
                )
            }),
            Self::IfAbsent(name, otherwise) => match item.get(name) {
                Some(value) => Ok(value.clone()),
                None => otherwise.of(item),
            },
        }
    }
}

fn name(reader: &mut Reader<'_>, given: &Placeholders<'_>) -> Result<Arc<str>, Refused> {
    match reader.peek() {
        Some(Token::Name(name)) => {
            reader.next();
            given.name(name)
        }
        Some(
            Token::Value(_)
            | Token::Word(_)
            | Token::Compare(_)
            | Token::Open
            | Token::Close
            | Token::Comma,
        )
        | None => Err(reader.unexpected()),
    }
}

fn source(
    reader: &mut Reader<'_>,
    given: &Placeholders<'_>,
    depth: usize,
) -> Result<Source, Refused> {
    if depth > MAX_DEPTH {
        return Err(Refused::invalid("The expression is nested too deeply"));
    }
    match reader.peek() {
        Some(Token::Value(value)) => {
            reader.next();
            Ok(Source::Value(given.value(value)?))
        }
        Some(Token::Word("if_not_exists")) => {
            reader.next();
            reader.expect(Token::Open)?;
            let name = name(reader, given)?;
            reader.expect(Token::Comma)?;
            let otherwise = source(reader, given, depth + 1)?;
            reader.expect(Token::Close)?;
            Ok(Source::IfAbsent(name, Box::new(otherwise)))
        }
        Some(Token::Name(_)) => Ok(Source::Name(name(reader, given)?)),
        Some(Token::Word(_) | Token::Compare(_) | Token::Open | Token::Close | Token::Comma)
        | None => Err(reader.unexpected()),
    }
}
