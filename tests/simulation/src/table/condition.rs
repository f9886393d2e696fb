//! Conditions: what is read of an expression, and whether an item fulfils it.

use std::cmp::Ordering;
use std::sync::Arc;

use super::placeholders::Placeholders;
use super::refused::Refused;
use super::tokens::{Comparator, Reader, Token};
use super::value::{Attribute, Item};

/// Deepest nesting of a condition.
const MAX_DEPTH: usize = 50;

/// What a condition compares.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Operand {
    Name(Arc<str>),
    Value(Attribute),
}

/// A condition on an item.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Condition {
    Exists(Arc<str>),
    Absent(Arc<str>),
    Compare(Operand, Comparator, Operand),
    Between(Operand, Operand, Operand),
    BeginsWith(Operand, Operand),
    And(Box<Condition>, Box<Condition>),
    Or(Box<Condition>, Box<Condition>),
    Not(Box<Condition>),
}

impl Condition {
    pub(crate) fn parse(expression: &str, given: &Placeholders<'_>) -> Result<Self, Refused> {
        let mut parser = Parser {
            reader: Reader::new(expression)?,
            given,
        };
        let (condition, _) = parser.either(0)?;
        parser.reader.end()?;
        Ok(condition)
    }

    /// Whether an item fulfils it.
    pub(crate) fn holds(&self, item: &Item) -> bool {
        match self {
            Self::Exists(name) => item.contains_key(name),
            Self::Absent(name) => !item.contains_key(name),
            Self::Compare(one, comparator, other) => {
                compare(one.of(item), *comparator, other.of(item))
            }
            Self::Between(value, low, high) => {
                let value = value.of(item);
                compare(value, Comparator::AtLeast, low.of(item))
                    && compare(value, Comparator::AtMost, high.of(item))
            }
            Self::BeginsWith(value, prefix) => {
                let text = |operand: &Operand| operand.of(item).and_then(Attribute::text).cloned();
                match (text(value), text(prefix)) {
                    (Some(value), Some(prefix)) => value.starts_with(&*prefix),
                    (_, _) => false,
                }
            }
            Self::And(one, other) => one.holds(item) && other.holds(item),
            Self::Or(one, other) => one.holds(item) || other.holds(item),
            Self::Not(condition) => !condition.holds(item),
        }
    }
}

impl Operand {
    fn of<'a>(&'a self, item: &'a Item) -> Option<&'a Attribute> {
        match self {
            Self::Name(name) => item.get(name),
            Self::Value(value) => Some(value),
        }
    }

    fn value(&self) -> Option<&Attribute> {
        match self {
            Self::Name(_) => None,
            Self::Value(value) => Some(value),
        }
    }
}

/// Values of two types are unequal and in no order, and so is what is not there.
fn compare(one: Option<&Attribute>, comparator: Comparator, other: Option<&Attribute>) -> bool {
    let order = match (one, other) {
        (Some(one), Some(other)) => one.order(other),
        (_, _) => None,
    };
    match comparator {
        Comparator::Equal => one.is_some() && one == other,
        Comparator::NotEqual => one.is_none() || one != other,
        Comparator::Less => order == Some(Ordering::Less),
        Comparator::AtMost => order.is_some_and(Ordering::is_le),
        Comparator::Greater => order == Some(Ordering::Greater),
        Comparator::AtLeast => order.is_some_and(Ordering::is_ge),
    }
}

struct Parser<'a> {
    reader: Reader<'a>,
    given: &'a Placeholders<'a>,
}

/// A condition, and whether it stands in brackets.
type Parsed = (Condition, bool);

impl Parser<'_> {
    fn either(&mut self, depth: usize) -> Result<Parsed, Refused> {
        if depth > MAX_DEPTH {
            return Err(Refused::invalid("The expression is nested too deeply"));
        }
        let (mut condition, mut in_brackets) = self.both(depth)?;
        while self.reader.take_keyword("OR") {
            let (other, _) = self.both(depth)?;
            condition = Condition::Or(Box::new(condition), Box::new(other));
            in_brackets = false;
        }
        Ok((condition, in_brackets))
    }

    fn both(&mut self, depth: usize) -> Result<Parsed, Refused> {
        let (mut condition, mut in_brackets) = self.negated(depth)?;
        while self.reader.take_keyword("AND") {
            let (other, _) = self.negated(depth)?;
            condition = Condition::And(Box::new(condition), Box::new(other));
            in_brackets = false;
        }
        Ok((condition, in_brackets))
    }

    fn negated(&mut self, depth: usize) -> Result<Parsed, Refused> {
        if depth > MAX_DEPTH {
            return Err(Refused::invalid("The expression is nested too deeply"));
        }
        if self.reader.take_keyword("NOT") {
            let (condition, _) = self.negated(depth + 1)?;
            return Ok((Condition::Not(Box::new(condition)), false));
        }
        if self.reader.take(Token::Open) {
            let (condition, in_brackets) = self.either(depth + 1)?;
            self.reader.expect(Token::Close)?;
            if in_brackets {
                return Err(Refused::invalid(
                    "The expression has redundant parentheses;",
                ));
            }
            return Ok((condition, true));
        }
        Ok((self.simple()?, false))
    }

    fn simple(&mut self) -> Result<Condition, Refused> {
        if let Some(Token::Word(word)) = self.reader.peek() {
            return self.function(word);
        }
        let one = self.operand()?;
        if self.reader.take_keyword("BETWEEN") {
            let low = self.operand()?;
            if !self.reader.take_keyword("AND") {
                return Err(self.reader.unexpected());
            }
            let high = self.operand()?;
            check_bounds(&one, &low, &high)?;
            return Ok(Condition::Between(one, low, high));
        }
        let Some(Token::Compare(comparator)) = self.reader.peek() else {
            return Err(self.reader.unexpected());
        };
        self.reader.next();
        let other = self.operand()?;
        check_compared(&one, comparator, &other)?;
        Ok(Condition::Compare(one, comparator, other))
    }

    fn function(&mut self, word: &str) -> Result<Condition, Refused> {
        if !["attribute_exists", "attribute_not_exists", "begins_with"].contains(&word) {
            return Err(self.reader.unexpected());
        }
        self.reader.next();
        self.reader.expect(Token::Open)?;
        let first = self.operand()?;
        let condition = match (word, first) {
            ("attribute_exists", Operand::Name(name)) => Condition::Exists(name),
            ("attribute_not_exists", Operand::Name(name)) => Condition::Absent(name),
            ("attribute_exists" | "attribute_not_exists", Operand::Value(_)) => {
                return Err(Refused::invalid(
                    "Operator or function requires a document path; operator or function: attribute_exists",
                ));
            }
            (_, first) => {
                self.reader.expect(Token::Comma)?;
                let prefix = self.operand()?;
                for value in [&first, &prefix].into_iter().filter_map(Operand::value) {
                    if value.text().is_none() {
                        return Err(wrong_type("begins_with", value));
                    }
                }
                check_distinct(&first, &prefix)?;
                Condition::BeginsWith(first, prefix)
            }
        };
        self.reader.expect(Token::Close)?;
        Ok(condition)
    }

    fn operand(&mut self) -> Result<Operand, Refused> {
        let operand = match self.reader.peek() {
            Some(Token::Name(name)) => Operand::Name(self.given.name(name)?),
            Some(Token::Value(value)) => Operand::Value(self.given.value(value)?),
            Some(
                Token::Word(_) | Token::Compare(_) | Token::Open | Token::Close | Token::Comma,
            )
            | None => return Err(self.reader.unexpected()),
        };
        self.reader.next();
        Ok(operand)
    }
}

fn wrong_type(operator: &str, value: &Attribute) -> Refused {
    Refused::invalid(format!(
        "Incorrect operand type for operator or function; operator or function: {operator}, operand type: {}",
        value.kind()
    ))
}

fn check_distinct(one: &Operand, other: &Operand) -> Result<(), Refused> {
    match (one, other) {
        (Operand::Name(one), Operand::Name(other)) if one == other => Err(Refused::invalid(
            "The first operand must be distinct from the remaining operands for this operator or function",
        )),
        (_, _) => Ok(()),
    }
}

fn check_compared(one: &Operand, comparator: Comparator, other: &Operand) -> Result<(), Refused> {
    check_distinct(one, other)?;
    match comparator {
        Comparator::Equal | Comparator::NotEqual => Ok(()),
        Comparator::Less | Comparator::AtMost | Comparator::Greater | Comparator::AtLeast => {
            check_ordered("<", [one, other])
        }
    }
}

fn check_ordered<'a>(
    operator: &str,
    operands: impl IntoIterator<Item = &'a Operand>,
) -> Result<(), Refused> {
    let mut values = operands.into_iter().filter_map(Operand::value);
    match values.find(|value| !value.is_ordered()) {
        None => Ok(()),
        Some(value) => Err(wrong_type(operator, value)),
    }
}

fn check_bounds(value: &Operand, low: &Operand, high: &Operand) -> Result<(), Refused> {
    check_ordered("BETWEEN", [value, low, high])?;
    let (Some(low), Some(high)) = (low.value(), high.value()) else {
        return Ok(());
    };
    match low.order(high) {
        None => Err(Refused::invalid(
            "The BETWEEN operator requires same data type for lower and upper bounds",
        )),
        Some(Ordering::Greater) => Err(Refused::invalid(
            "The BETWEEN operator requires upper bound to be greater than or equal to lower bound",
        )),
        Some(Ordering::Less | Ordering::Equal) => Ok(()),
    }
}
