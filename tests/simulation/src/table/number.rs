//! DynamoDB's numbers: decimal, exact, up to 38 digits.

use std::cmp::Ordering;

use super::refused::Refused;

/// Most significant digits.
const MAX_DIGITS: usize = 38;
/// Largest power of ten of a first digit.
const MAX_MAGNITUDE: i32 = 125;
/// Smallest power of ten of a first digit.
const MIN_MAGNITUDE: i32 = -130;
/// Longest text of a number that is looked at.
const MAX_TEXT: usize = 512;

/// A number in its one form: the first digit is not zero, and nor is the last; zero has none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Number {
    negative: bool,
    /// ASCII digits.
    digits: Vec<u8>,
    /// The power of ten of the first digit.
    magnitude: i32,
}

impl Number {
    /// Reads a number in any of its forms.
    pub(crate) fn parse(text: &str) -> Result<Self, Refused> {
        let wrong = || {
            Refused::invalid("The parameter cannot be converted to a numeric value: not a number")
        };
        if text.is_empty() || text.len() > MAX_TEXT {
            return Err(wrong());
        }
        let (negative, rest) = match text.as_bytes() {
            [b'-', ..] => (true, &text[1..]),
            [b'+', ..] => (false, &text[1..]),
            _ => (false, text),
        };
        let (mantissa, exponent) = match rest.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().map_err(|_| wrong())?),
            None => (rest, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let all: Vec<u8> = whole.bytes().chain(fraction.bytes()).collect();
        if all.is_empty() || !all.iter().all(u8::is_ascii_digit) {
            return Err(wrong());
        }
        let leading = all.iter().take_while(|digit| **digit == b'0').count();
        let mut digits = all[leading..].to_vec();
        while digits.last() == Some(&b'0') {
            digits.pop();
        }
        if digits.is_empty() {
            return Ok(Self {
                negative: false,
                digits,
                magnitude: 0,
            });
        }
        // Texts are short, so these lengths are small.
        let place = i32::try_from(whole.len()).unwrap_or(i32::MAX) - 1;
        let place = place - i32::try_from(leading).unwrap_or(i32::MAX);
        let magnitude = exponent.checked_add(place).ok_or_else(wrong)?;
        if digits.len() > MAX_DIGITS {
            return Err(Refused::invalid(
                "Attempting to store more than 38 significant digits in a Number",
            ));
        }
        if magnitude > MAX_MAGNITUDE {
            return Err(Refused::invalid(
                "Number overflow. Attempting to store a number with magnitude larger than supported range",
            ));
        }
        if magnitude < MIN_MAGNITUDE {
            return Err(Refused::invalid(
                "Number underflow. Attempting to store a number with magnitude smaller than supported range",
            ));
        }
        Ok(Self {
            negative,
            digits,
            magnitude,
        })
    }

    /// About what DynamoDB counts for it: a byte for two digits, and one or two more.
    pub(crate) fn size(&self) -> usize {
        self.digits.len().div_ceil(2) + 1 + usize::from(self.negative)
    }

    /// Its whole seconds, where it is such a number: for the time at which an item goes.
    pub(crate) fn whole(&self) -> Option<i64> {
        self.to_string().parse().ok()
    }
}

impl std::fmt::Display for Number {
    /// Plain, without an exponent, as DynamoDB gives it back.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.digits.is_empty() {
            return f.write_str("0");
        }
        let mut text = String::with_capacity(self.digits.len() + 2);
        if self.negative {
            text.push('-');
        }
        if self.magnitude < 0 {
            text.push_str("0.");
            let zeros = usize::try_from(-self.magnitude - 1).unwrap_or(0);
            text.extend(std::iter::repeat_n('0', zeros));
            text.extend(self.digits.iter().map(|digit| char::from(*digit)));
        } else {
            let whole = usize::try_from(self.magnitude).unwrap_or(0) + 1;
            for place in 0..whole.max(self.digits.len()) {
                if place == whole {
                    text.push('.');
                }
                text.push(
                    self.digits
                        .get(place)
                        .map_or('0', |digit| char::from(*digit)),
                );
            }
        }
        f.write_str(&text)
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        let sign = |number: &Self| match (number.digits.is_empty(), number.negative) {
            (true, _) => 0,
            (false, true) => -1,
            (false, false) => 1,
        };
        let by_sign = sign(self).cmp(&sign(other));
        if by_sign != Ordering::Equal {
            return by_sign;
        }
        let by_size = (self.magnitude, &self.digits).cmp(&(other.magnitude, &other.digits));
        if self.negative {
            by_size.reverse()
        } else {
            by_size
        }
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_has_one_form() {
        for (text, form) in [
            ("0", "0"),
            ("-0", "0"),
            ("000", "0"),
            ("1.0", "1"),
            ("0012", "12"),
            ("+7", "7"),
            ("1e3", "1000"),
            ("1.25E1", "12.5"),
            ("-0.0500", "-0.05"),
            (".5", "0.5"),
            ("120e-3", "0.12"),
            ("100", "100"),
        ] {
            assert_eq!(Number::parse(text).unwrap().to_string(), form, "{text}");
        }
        let most = "9".repeat(38);
        assert_eq!(Number::parse(&most).unwrap().to_string(), most);
        assert_eq!(Number::parse("1e125").unwrap().to_string().len(), 126);
    }

    #[test]
    fn what_is_no_number_of_the_table_is_refused() {
        for text in [
            "",
            "-",
            "x",
            "1x",
            "1e",
            "1e999999999999",
            "NaN",
            "Infinity",
            " 1",
            "1 ",
            "1.2.3",
            "1e126",
            "1e-131",
            "0x10",
            "1e2147483647",
            ".",
        ] {
            assert!(Number::parse(text).is_err(), "{text}");
        }
        assert!(Number::parse(&"9".repeat(39)).is_err());
    }

    #[test]
    fn numbers_are_ordered_by_value() {
        let ordered = [
            "-100", "-99.5", "-1", "-0.5", "0", "0.05", "0.5", "1", "9", "10", "1e20",
        ];
        for (place, one) in ordered.iter().enumerate() {
            for (other_place, other) in ordered.iter().enumerate() {
                let (one, other) = (Number::parse(one).unwrap(), Number::parse(other).unwrap());
                assert_eq!(one.cmp(&other), place.cmp(&other_place), "{one} {other}");
            }
        }
    }
}
