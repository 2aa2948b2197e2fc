//! The csv table that a comparison over gRPC and one in a component both get: byte for byte the same.

/// A header line and `rows` rows, 27 bytes each on average, so that 37,000 rows are 1 MB. The id is a whole number, the
/// name is letters, the score is a decimal whose last digit is never 0. The rows of a short table begin a long one.
pub fn csv_table(rows: usize) -> Vec<u8> {
    let mut random = Random(1);
    let mut table = b"id,name,score\n".to_vec();
    for id in 0..rows {
        let name = name(&mut random);
        let whole = random.below(1000);
        let tenths = random.below(10);
        let hundredths = 1 + random.below(9);
        table.extend(format!("{id},{name},{whole}.{tenths}{hundredths}\n").into_bytes());
    }
    table
}

fn name(random: &mut Random) -> String {
    let length = 8 + random.below(12);
    (0..length)
        .map(|at| {
            random.letter(if at % 2 == 0 {
                "bdfgklmnprstvz"
            } else {
                "aeiou"
            })
        })
        .collect()
}

/// A linear congruential generator: small, and the same on every machine.
struct Random(u32);

impl Random {
    fn below(&mut self, limit: u32) -> u32 {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (self.0 >> 16) % limit
    }

    fn letter(&mut self, letters: &str) -> char {
        let at = self.below(letters.len() as u32) as usize;
        char::from(letters.as_bytes()[at])
    }
}
