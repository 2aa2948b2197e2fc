//! Finding the few bytes of a table that matter.

/// The positions of delimiters, quotes, carriage returns and line feeds, in order.
///
/// Most fields of a table are short, so a search that is started anew for each of them spends its time on starting. This
/// one looks at eight bytes at a time and remembers what it has found among them.
#[derive(Clone)]
pub struct Marks<'a> {
    bytes: &'a [u8],
    /// Where the eight bytes begin that were looked at last.
    base: usize,
    /// The highest bit of each byte among them that is a mark and has not been given out.
    found: u64,
    /// Each of the wanted bytes, eight times.
    wanted: [u64; 4],
}

/// A byte eight times is the byte times this.
const EACH: u64 = u64::from_ne_bytes([1; 8]);
/// All bits of each byte but the highest.
const LOW_BITS: u64 = 0x7f * EACH;

impl<'a> Marks<'a> {
    /// The delimiter has to be an ASCII character.
    pub fn new(bytes: &'a [u8], delimiter: u8) -> Self {
        let wanted = [delimiter, b'"', b'\n', b'\r'].map(|byte| EACH * u64::from(byte));
        let mut marks = Marks {
            bytes,
            base: 0,
            found: 0,
            wanted,
        };
        marks.found = marks.look();
        marks
    }

    /// The marks among the eight bytes from `base` on, or as many as there are.
    fn look(&self) -> u64 {
        let rest = &self.bytes[self.base..];
        let word = match rest.first_chunk() {
            Some(eight) => u64::from_le_bytes(*eight),
            None => {
                let mut eight = [0; 8];
                eight[..rest.len()].copy_from_slice(rest);
                u64::from_le_bytes(eight)
            }
        };
        // The highest bit of a byte is set in `differs` if the low bits differ from those of each wanted byte: adding 0x7f to
        // anything but 0 carries into it. A byte that has that bit itself is not ASCII, and so not wanted.
        let low = word & LOW_BITS;
        let differs = self
            .wanted
            .iter()
            .fold(u64::MAX, |bits, wanted| bits & ((low ^ wanted) + LOW_BITS));
        !(differs | word) & !LOW_BITS
    }
}

impl Iterator for Marks<'_> {
    type Item = usize;

    #[inline]
    fn next(&mut self) -> Option<usize> {
        while self.found == 0 {
            if self.bytes.len() - self.base <= 8 {
                return None;
            }
            self.base += 8;
            self.found = self.look();
        }
        let at = self.base + self.found.trailing_zeros() as usize / 8;
        self.found &= self.found - 1;
        Some(at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expected(bytes: &[u8], delimiter: u8) -> Vec<usize> {
        let wanted = [delimiter, b'"', b'\n', b'\r'];
        (0..bytes.len())
            .filter(|at| wanted.contains(&bytes[*at]))
            .collect()
    }

    #[test]
    fn marks_are_found_at_every_position_and_length() {
        for length in 0..40 {
            for at in 0..length {
                for byte in 0..=255 {
                    let mut bytes = vec![b'x'; length];
                    bytes[at] = byte;
                    let found: Vec<_> = Marks::new(&bytes, b';').collect();
                    assert_eq!(found, expected(&bytes, b';'), "{byte} at {at} of {length}");
                }
            }
        }
    }

    #[test]
    fn neighbours_do_not_disturb_each_other() {
        for first in 0..=255 {
            for second in 0..=255 {
                let bytes = [first, second, first, second, second, 0, b',', first, second];
                let found: Vec<_> = Marks::new(&bytes, b',').collect();
                assert_eq!(found, expected(&bytes, b','), "{bytes:?}");
            }
        }
        assert_eq!(Marks::new(b",,,,,,,,,,", b',').count(), 10);
        assert_eq!(Marks::new(b"", b',').count(), 0);
    }
}
