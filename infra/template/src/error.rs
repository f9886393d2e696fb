//! What may be wrong with a template, and where.

use std::fmt;

use thiserror::Error;

/// Where in the template something stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The resource's logical id, or the section outside of `Resources`.
    pub logical_id: String,
    /// The property's path below it; empty for the resource itself.
    pub property: String,
}

impl Place {
    /// The place of a whole resource or section.
    pub(crate) fn of(logical_id: &str) -> Self {
        Self {
            logical_id: logical_id.to_owned(),
            property: String::new(),
        }
    }

    /// The place of a property of this one, or of an element by its number.
    pub(crate) fn child(&self, name: impl fmt::Display) -> Self {
        let property = if self.property.is_empty() {
            name.to_string()
        } else {
            format!("{}.{name}", self.property)
        };
        Self {
            logical_id: self.logical_id.clone(),
            property,
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.logical_id)?;
        if self.property.is_empty() {
            return Ok(());
        }
        write!(f, ".{}", self.property)
    }
}

/// Why no stack could be made of a template.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum TemplateError {
    /// The text is not one YAML document.
    #[error("the template is not a YAML document")]
    Yaml(#[source] saphyr::ScanError),
    /// The document, or what must be a mapping in it, has another shape.
    #[error("{place}: expected {expected}")]
    Shape {
        /// Where.
        place: Place,
        /// What would have been understood.
        expected: &'static str,
    },
    /// The text is longer than CloudFormation takes.
    #[error("the template is longer than {limit} bytes")]
    TooLong {
        /// The limit.
        limit: usize,
    },
    /// Nesting or references that go on and on, as in a circle.
    #[error("{place}: nested or referring deeper than {limit} levels")]
    TooDeep {
        /// Where it was given up.
        place: Place,
        /// The limit.
        limit: usize,
    },
    /// A section that is not read here.
    #[error("unknown section {name}")]
    UnknownSection {
        /// Its name.
        name: String,
    },
    /// A tag or function that is not resolved here.
    #[error("{place}: unknown function {name}")]
    UnknownFunction {
        /// Where it is used.
        place: Place,
        /// Its name, as `Fn::Name`.
        name: String,
    },
    /// A type of resource that is neither modelled nor listed as cloud-only.
    #[error("{logical_id}: unknown resource type {kind}")]
    UnknownResourceType {
        /// The resource.
        logical_id: String,
        /// Its type.
        kind: String,
    },
    /// A property of a modelled type that is neither modelled nor listed.
    #[error("{place}: unknown property")]
    UnknownProperty {
        /// Which.
        place: Place,
    },
    /// A property without which the resource cannot be modelled.
    #[error("{place}: missing property")]
    MissingProperty {
        /// Which.
        place: Place,
    },
    /// A reference to nothing, to an attribute that is not known here, or to a
    /// resource that is not made.
    #[error("{place}: refers to {name}, which is not known")]
    UnknownReference {
        /// Where it is used.
        place: Place,
        /// What is referred to.
        name: String,
    },
    /// Parameters without a default for which no value was given.
    #[error("no value for the parameters {}", names.join(", "))]
    MissingParameters {
        /// All of them.
        names: Vec<String>,
    },
    /// A value was given for a parameter that does not exist.
    #[error("the template has no parameter {name}")]
    UnknownParameter {
        /// Its name.
        name: String,
    },
    /// A parameter's value breaks the template's own rule for it. The value is
    /// left out because it may be a secret.
    #[error("the parameter {name} must be {expected}")]
    BadParameter {
        /// Its name.
        name: String,
        /// What the template asks for.
        expected: String,
    },
    /// There is no table, or there are several.
    #[error("expected one table, found {found}")]
    NotOneTable {
        /// How many.
        found: usize,
    },
}
