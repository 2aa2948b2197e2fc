//! Connecting to whichever address of a host answers first (RFC 8305, without its sorting). It does not know WASI, so that it can
//! be tested natively.

use std::net::IpAddr;

use wasip2::sockets::network::ErrorCode;

/// What came of the addresses that cannot be connected to.
pub type Failures = Vec<(IpAddr, ErrorCode)>;

/// How far an attempt is.
pub enum Progress<A, C> {
    Pending(A),
    Over(Result<C, ErrorCode>),
}

/// Makes connections.
pub trait Connector {
    /// A connection that is being made.
    type Attempt;
    type Connected;

    fn start(&mut self, address: IpAddr) -> Result<Self::Attempt, ErrorCode>;

    fn finish(&mut self, attempt: Self::Attempt) -> Progress<Self::Attempt, Self::Connected>;

    /// Waits until something has come of an attempt or, if there is another address to try, for a moment.
    fn wait(&mut self, attempts: &[(IpAddr, Self::Attempt)], another: bool);
}

/// Tries the addresses one after the other. One that does not answer holds up the next one for a moment only, and may still win
/// after that.
pub fn first_to_answer<C: Connector>(
    connector: &mut C,
    addresses: &[IpAddr],
) -> Result<C::Connected, Failures> {
    let mut failures = Vec::new();
    let mut attempts = Vec::new();
    let mut rest = addresses.iter();
    loop {
        if let Some(address) = rest.next() {
            match connector.start(*address) {
                Ok(attempt) => attempts.push((*address, attempt)),
                Err(error) => failures.push((*address, error)),
            }
        } else if attempts.is_empty() {
            return Err(failures);
        }
        if attempts.is_empty() {
            continue;
        }
        connector.wait(&attempts, rest.len() > 0);
        for (address, attempt) in std::mem::take(&mut attempts) {
            match connector.finish(attempt) {
                Progress::Pending(attempt) => attempts.push((address, attempt)),
                Progress::Over(Ok(connected)) => return Ok(connected),
                Progress::Over(Err(error)) => failures.push((address, error)),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A network in which time passes only by waiting.
    #[derive(Default)]
    struct Network {
        /// For each last byte of an address: when it answers after its start, in moments, and what. Others never do.
        answers: Vec<(u8, u32, Result<(), ErrorCode>)>,
        /// What cannot even be started.
        unusable: Vec<u8>,
        now: u32,
        started: Vec<(u8, u32)>,
    }

    struct Attempt {
        host: u8,
        answer: Option<(u32, Result<(), ErrorCode>)>,
    }

    fn address(host: u8) -> IpAddr {
        IpAddr::from([127, 0, 0, host])
    }

    impl Connector for Network {
        type Attempt = Attempt;
        type Connected = u8;

        fn start(&mut self, address: IpAddr) -> Result<Attempt, ErrorCode> {
            let IpAddr::V4(v4) = address else {
                panic!("{address}")
            };
            let host = v4.octets()[3];
            self.started.push((host, self.now));
            if self.unusable.contains(&host) {
                return Err(ErrorCode::AccessDenied);
            }
            let known = self.answers.iter().find(|(known, ..)| *known == host);
            let answer = known.map(|(_, after, answer)| (self.now + after, *answer));
            Ok(Attempt { host, answer })
        }

        fn finish(&mut self, attempt: Attempt) -> Progress<Attempt, u8> {
            match attempt.answer {
                Some((time, answer)) if time <= self.now => {
                    Progress::Over(answer.map(|()| attempt.host))
                }
                _ => Progress::Pending(attempt),
            }
        }

        fn wait(&mut self, attempts: &[(IpAddr, Attempt)], another: bool) {
            let answers = attempts.iter().filter_map(|(_, attempt)| attempt.answer);
            let times = answers.map(|(time, _)| time);
            let patience = another.then_some(self.now + 1);
            let next = times.chain(patience).min();
            self.now = self.now.max(next.expect("waiting for ever"));
        }
    }

    fn race(network: &mut Network, hosts: &[u8]) -> Result<u8, Vec<(IpAddr, ErrorCode)>> {
        let addresses: Vec<IpAddr> = hosts.iter().copied().map(address).collect();
        first_to_answer(network, &addresses)
    }

    #[test]
    fn the_first_address_that_works_is_taken() {
        let mut network = Network {
            answers: vec![
                (1, 0, Err(ErrorCode::ConnectionRefused)),
                (2, 0, Ok(())),
                (3, 0, Ok(())),
            ],
            ..Network::default()
        };
        assert_eq!(race(&mut network, &[1, 2, 3]).unwrap(), 2);
        assert_eq!(network.started, [(1, 0), (2, 0)]);
    }

    #[test]
    fn an_address_that_does_not_answer_holds_up_the_next_one_for_a_moment_only() {
        let mut network = Network {
            answers: vec![(3, 5, Ok(()))],
            ..Network::default()
        };
        assert_eq!(race(&mut network, &[1, 2, 3]).unwrap(), 3);
        assert_eq!(network.started, [(1, 0), (2, 1), (3, 2)]);
        assert_eq!(network.now, 7);
    }

    #[test]
    fn an_address_that_answers_late_still_counts() {
        let mut network = Network {
            answers: vec![
                (1, 3, Ok(())),
                (2, 0, Err(ErrorCode::ConnectionRefused)),
                (3, 9, Ok(())),
            ],
            ..Network::default()
        };
        assert_eq!(race(&mut network, &[1, 2, 3]).unwrap(), 1);
        assert_eq!(network.now, 3);
    }

    #[test]
    fn without_an_answer_there_is_a_reason_for_each_address() {
        let mut network = Network {
            answers: vec![
                (1, 4, Err(ErrorCode::Timeout)),
                (3, 0, Err(ErrorCode::ConnectionRefused)),
            ],
            unusable: vec![2],
            ..Network::default()
        };
        let failures = race(&mut network, &[1, 2, 3]).unwrap_err();
        let failures: Vec<_> = failures
            .into_iter()
            .map(|(address, error)| (address, error.name()))
            .collect();
        assert_eq!(
            failures,
            [
                (address(2), "access-denied"),
                (address(3), "connection-refused"),
                (address(1), "timeout")
            ]
        );
        assert!(race(&mut network, &[]).unwrap_err().is_empty());
    }
}
