//! The mock server, without its sockets.

use tcp::{Protocol, Then};

use crate::bindings::pact::plugin::types::{Mismatch, MockServerResult, MockServerResults};
use crate::interaction::Interaction;
use crate::misbehave::{self, Deed};
use crate::wire::{self, ERR, Message, OK};

/// The interactions that are expected, and what has come.
pub struct Mock {
    interactions: Vec<Interaction>,
    /// Which of the interactions have come.
    came: Vec<bool>,
    /// What came and is none of them.
    failures: Vec<MockServerResult>,
}

impl Mock {
    pub fn new(interactions: Vec<Interaction>) -> Self {
        Self {
            came: vec![false; interactions.len()],
            interactions,
            failures: Vec::new(),
        }
    }

    /// What has come so far: a result for each request that is none of the interactions, and for each interaction that did
    /// not come.
    pub fn results(&self) -> MockServerResults {
        let mut results = self.failures.clone();
        for (interaction, came) in self.interactions.iter().zip(&self.came) {
            if !came {
                let error = "this interaction was expected and did not come";
                results.push(failure(&interaction.command, error));
            }
        }
        MockServerResults {
            ok: results.is_empty(),
            results,
        }
    }

    fn answer(&mut self, request: &Message, output: &mut Vec<u8>) -> Then {
        if let Some(deed) = misbehave::requested(request) {
            return match deed {
                Deed::Answer(word, payload) => {
                    wire::put(output, word, &payload);
                    Then::Continue
                }
                Deed::Fail(reason) => Then::Fail(reason),
            };
        }
        let meant = |interaction: &Interaction| {
            interaction.command == request.word && interaction.request == request.payload
        };
        match self.interactions.iter().position(meant) {
            Some(index) => {
                self.came[index] = true;
                wire::put(output, OK, &self.interactions[index].response);
            }
            None => {
                let mismatch = self.mismatch(request);
                wire::put(output, ERR, mismatch.description.as_bytes());
                self.failures.push(MockServerResult {
                    path: request.word.clone(),
                    error: String::new(),
                    mismatches: vec![mismatch],
                });
            }
        }
        Then::Continue
    }

    /// How a request differs from the first interaction with its command.
    fn mismatch(&self, request: &Message) -> Mismatch {
        let mut expected = self.interactions.iter();
        let expected = expected.find(|interaction| interaction.command == request.word);
        let description = match expected {
            Some(interaction) => format!(
                "expected {} other bytes with the command `{}`",
                interaction.request.len(),
                request.word
            ),
            None => format!("no interaction has the command `{}`", request.word),
        };
        Mismatch {
            expected: expected.map(|interaction| interaction.request.clone()),
            actual: Some(request.payload.clone()),
            description,
            path: request.word.clone(),
            diff: None,
            mismatch_type: Some("body".to_owned()),
        }
    }
}

fn failure(path: &str, error: &str) -> MockServerResult {
    MockServerResult {
        path: path.to_owned(),
        error: error.to_owned(),
        mismatches: Vec::new(),
    }
}

impl Protocol for Mock {
    type Connection = ();

    fn received(&mut self, (): &mut (), input: &mut Vec<u8>, output: &mut Vec<u8>) -> Then {
        loop {
            match wire::take(input) {
                Ok(Some(request)) => match self.answer(&request, output) {
                    Then::Continue => {}
                    then => return then,
                },
                Ok(None) => return Then::Continue,
                Err(reason) => {
                    wire::put(output, ERR, reason.as_bytes());
                    self.failures.push(failure("", &reason));
                    return Then::Close;
                }
            }
        }
    }

    fn closed(&mut self, (): &mut (), input: &mut Vec<u8>, _: &mut Vec<u8>) {
        if !input.is_empty() {
            let error = "the client closed in the middle of a request";
            self.failures.push(failure("", error));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn interaction(command: &str, request: &[u8], response: &[u8]) -> Interaction {
        Interaction {
            command: command.to_owned(),
            request: request.to_vec(),
            response: response.to_vec(),
        }
    }

    fn mock() -> Mock {
        Mock::new(vec![
            interaction("store", b"\xff\0", b"stored"),
            interaction("store", b"more", b"\0\n"),
            interaction("load", b"", b"\xff\0"),
        ])
    }

    fn send(mock: &mut Mock, bytes: &[u8]) -> (Vec<u8>, Then) {
        let mut output = Vec::new();
        let then = mock.received(&mut (), &mut bytes.to_vec(), &mut output);
        (output, then)
    }

    #[test]
    fn expected_requests_are_answered() {
        let mut mock = mock();
        let (output, then) = send(&mut mock, b"load 0\nstore 4\nmorestore 2\n\xff\0");
        assert_eq!(output, b"OK 2\n\xff\0OK 2\n\0\nOK 6\nstored");
        assert_eq!(then, Then::Continue);
        let results = mock.results();
        assert!(results.ok);
        assert_eq!(results.results, []);
    }

    #[test]
    fn what_did_not_come_is_in_the_results() {
        let mut mock = mock();
        send(&mut mock, b"store 4\nmore");
        let results = mock.results();
        assert!(!results.ok);
        let error = "this interaction was expected and did not come";
        assert_eq!(
            results.results,
            [failure("store", error), failure("load", error)]
        );
    }

    #[test]
    fn what_was_not_expected_is_in_the_results_with_its_bytes() {
        let mut mock = mock();
        let (output, _) = send(
            &mut mock,
            b"load 0\nstore 2\n\xff\0store 4\nmorestore 1\n\x80drop 1\n1",
        );
        let answers = output.strip_prefix(b"OK 2\n\xff\0OK 6\nstoredOK 2\n\0\n".as_slice());
        assert_eq!(
            String::from_utf8_lossy(answers.unwrap()),
            "ERR 47\nexpected 2 other bytes with the command `store`ERR 37\nno interaction has the command `drop`"
        );
        let results = mock.results();
        assert!(!results.ok);
        let [store, drop] = &*results.results else {
            panic!("{:?}", results.results);
        };
        assert_eq!(store.path, "store");
        assert_eq!(
            store.mismatches[0].expected.as_deref(),
            Some(b"\xff\0".as_slice())
        );
        assert_eq!(
            store.mismatches[0].actual.as_deref(),
            Some(b"\x80".as_slice())
        );
        assert_eq!(drop.path, "drop");
        assert_eq!(drop.mismatches[0].expected, None);
        assert_eq!(drop.mismatches[0].actual.as_deref(), Some(b"1".as_slice()));
    }

    #[test]
    fn what_is_not_a_request_ends_the_connection() {
        let mut mock = Mock::new(Vec::new());
        let (output, then) = send(&mut mock, b"GET / HTTP/1.1\r\n\r\n");
        assert!(output.starts_with(b"ERR "));
        assert_eq!(then, Then::Close);
        assert_eq!(
            mock.results().results,
            [failure(
                "",
                "\"GET / HTTP/1.1\\r\" is not a word and a length"
            )]
        );
    }

    #[test]
    fn half_a_request_is_in_the_results() {
        let mut mock = Mock::new(Vec::new());
        mock.closed(&mut (), &mut Vec::new(), &mut Vec::new());
        assert!(mock.results().ok);
        mock.closed(&mut (), &mut b"store 4\nmo".to_vec(), &mut Vec::new());
        assert!(!mock.results().ok);
    }

    #[test]
    fn a_server_can_give_up() {
        let (_, then) = send(&mut mock(), b"!fail 0\n");
        assert_eq!(then, Then::Fail("the server gave up".to_owned()));
    }
}
