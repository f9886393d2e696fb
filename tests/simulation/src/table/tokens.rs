//! The words of an expression.

use super::refused::Refused;

/// Longest expression.
const MAX_EXPRESSION_BYTES: usize = 4096;

/// A word of an expression.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Token<'a> {
    /// `#name`
    Name(&'a str),
    /// `:value`
    Value(&'a str),
    /// A keyword or the name of a function.
    Word(&'a str),
    Compare(Comparator),
    Open,
    Close,
    Comma,
}

/// How two values are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Comparator {
    Equal,
    NotEqual,
    Less,
    AtMost,
    Greater,
    AtLeast,
}

/// Takes an expression apart.
pub(crate) fn tokens(expression: &str) -> Result<Vec<Token<'_>>, Refused> {
    if expression.is_empty() {
        return Err(Refused::invalid("The expression can not be empty;"));
    }
    if expression.len() > MAX_EXPRESSION_BYTES {
        return Err(Refused::invalid(
            "Expression size has exceeded the maximum allowed size",
        ));
    }
    let mut tokens = Vec::new();
    let mut rest = expression.trim_start();
    while let Some(first) = rest.chars().next() {
        let (token, length) = match first {
            '(' => (Token::Open, 1),
            ')' => (Token::Close, 1),
            ',' => (Token::Comma, 1),
            '=' => (Token::Compare(Comparator::Equal), 1),
            '<' if rest.starts_with("<>") => (Token::Compare(Comparator::NotEqual), 2),
            '<' if rest.starts_with("<=") => (Token::Compare(Comparator::AtMost), 2),
            '<' => (Token::Compare(Comparator::Less), 1),
            '>' if rest.starts_with(">=") => (Token::Compare(Comparator::AtLeast), 2),
            '>' => (Token::Compare(Comparator::Greater), 1),
            '#' | ':' => {
                let length = 1 + word_length(&rest[1..]);
                let word = &rest[..length];
                let token = if first == '#' {
                    Token::Name(word)
                } else {
                    Token::Value(word)
                };
                (token, length)
            }
            _ => {
                let length = word_length(rest);
                (Token::Word(&rest[..length]), length)
            }
        };
        if length == 0 || matches!(token, Token::Name("#") | Token::Value(":")) {
            return Err(Refused::invalid(format!(
                "Invalid expression: Syntax error; token: \"{first}\""
            )));
        }
        tokens.push(token);
        rest = rest[length..].trim_start();
    }
    if tokens.is_empty() {
        return Err(Refused::invalid("The expression can not be empty;"));
    }
    Ok(tokens)
}

fn word_length(text: &str) -> usize {
    let is_part = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    text.find(|letter| !is_part(letter)).unwrap_or(text.len())
}

/// An expression's words, one after the other.
pub(crate) struct Reader<'a> {
    tokens: Vec<Token<'a>>,
    at: usize,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(expression: &'a str) -> Result<Self, Refused> {
        Ok(Self {
            tokens: tokens(expression)?,
            at: 0,
        })
    }

    pub(crate) fn peek(&self) -> Option<Token<'a>> {
        self.tokens.get(self.at).copied()
    }

    pub(crate) fn next(&mut self) -> Option<Token<'a>> {
        let token = self.peek();
        self.at += 1;
        token
    }

    /// Takes the next word if it is this one.
    pub(crate) fn take(&mut self, token: Token<'_>) -> bool {
        let is_it = self.peek() == Some(token);
        self.at += usize::from(is_it);
        is_it
    }

    /// Takes the next word if it is this keyword, in letters of either case.
    pub(crate) fn take_keyword(&mut self, keyword: &str) -> bool {
        let is_it =
            matches!(self.peek(), Some(Token::Word(word)) if word.eq_ignore_ascii_case(keyword));
        self.at += usize::from(is_it);
        is_it
    }

    pub(crate) fn expect(&mut self, token: Token<'_>) -> Result<(), Refused> {
        if self.take(token) {
            Ok(())
        } else {
            Err(self.unexpected())
        }
    }

    pub(crate) fn end(&self) -> Result<(), Refused> {
        match self.peek() {
            None => Ok(()),
            Some(_) => Err(self.unexpected()),
        }
    }

    /// What is next is not understood.
    pub(crate) fn unexpected(&self) -> Refused {
        match self.peek() {
            Some(Token::Word(word)) => {
                Refused::not_simulated(&format!("`{word}` at this place of an expression"))
            }
            token => Refused::invalid(format!(
                "Invalid expression: Syntax error; token: {token:?}"
            )),
        }
    }
}
