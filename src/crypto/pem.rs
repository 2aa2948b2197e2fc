//! PEM text (RFC 7468).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::CryptoError;
use super::asn1;
use super::keys::KeyMaterial;

const BEGIN: &str = "-----BEGIN ";

const EXPECTED: &str =
    "expected PRIVATE KEY, RSA PRIVATE KEY, EC PRIVATE KEY, PUBLIC KEY or RSA PUBLIC KEY";

/// The block of a PEM text that holds the key.
struct Block<'a> {
    label: &'a str,
    /// What stands between the BEGIN and the END line.
    body: &'a str,
}

/// Reads the first key block. What it holds follows from its structure, so that a wrong label does no harm.
pub(super) fn read(text: &str) -> Result<KeyMaterial, CryptoError> {
    let block = find_key_block(text)?;
    check_label(&block)?;
    asn1::read(&block.decode()?).map_err(|e| in_block(e, block.label))
}

/// Whether a text or a secret contains something in PEM form.
pub(super) fn is_pem(bytes: &[u8]) -> bool {
    bytes
        .windows(BEGIN.len())
        .any(|window| window == BEGIN.as_bytes())
}

/// PEM text of DER bytes, with lines of 64 characters that end in LF.
pub(super) fn write(label: &'static str, der: Vec<u8>) -> String {
    let config = ::pem::EncodeConfig::new().set_line_ending(::pem::LineEnding::LF);
    ::pem::encode_config(&::pem::Pem::new(label, der), config)
}

/// The pem crate reads texts as a whole: a certificate that is broken, or a blank line after the last line of a key,
/// spoils the key too. People paste such texts.
fn find_key_block(text: &str) -> Result<Block<'_>, CryptoError> {
    let mut others = Vec::new();
    let mut rest = text;
    while let Some((_, after)) = rest.split_once(BEGIN) {
        rest = after;
        let Some((label, after)) = after.split_once("-----") else {
            break;
        };
        if label.contains('\n') {
            continue; // prose
        }
        if label.ends_with("KEY") {
            let end = format!("-----END {label}-----");
            let (body, _) = after.split_once(&end).ok_or_else(|| {
                CryptoError::InvalidKey(format!("PEM block without a line \"{end}\""))
            })?;
            return Ok(Block { label, body });
        }
        others.push(label);
    }
    if others.is_empty() {
        return Err(CryptoError::InvalidKey(
            "no PEM block found: the text must contain a line \"-----BEGIN … KEY-----\"".into(),
        ));
    }
    let hint = if others.contains(&"CERTIFICATE") {
        "; \"openssl x509 -in cert.pem -pubkey -noout\" prints the public key of a certificate"
    } else {
        ""
    };
    Err(CryptoError::InvalidKey(format!(
        "no key among the PEM blocks ({}); {EXPECTED}{hint}",
        others.join(", ")
    )))
}

fn check_label(block: &Block<'_>) -> Result<(), CryptoError> {
    // Before PKCS#8, encryption was a matter of the headers.
    if block.label == "ENCRYPTED PRIVATE KEY" || block.body.contains("Proc-Type: 4,ENCRYPTED") {
        return Err(asn1::encrypted());
    }
    match block.label {
        "PRIVATE KEY" | "RSA PRIVATE KEY" | "EC PRIVATE KEY" | "PUBLIC KEY" | "RSA PUBLIC KEY" => {
            Ok(())
        }
        "OPENSSH PRIVATE KEY" => Err(CryptoError::Unsupported(format!(
            "a private key in OpenSSH's own format; {EXPECTED}; \
             \"ssh-keygen -p -m pkcs8 -f key\" converts an RSA or EC key in place"
        ))),
        label => Err(CryptoError::Unsupported(format!(
            "PEM block {label}; {EXPECTED}"
        ))),
    }
}

impl Block<'_> {
    fn decode(&self) -> Result<Vec<u8>, CryptoError> {
        let base64: String = self
            .body
            .lines()
            .filter(|line| !line.contains(':')) // headers (RFC 1421)
            .flat_map(str::split_whitespace)
            .collect();
        STANDARD.decode(base64).map_err(|e| {
            CryptoError::InvalidKey(format!("PEM block {} is not base64: {e}", self.label))
        })
    }
}

fn in_block(error: CryptoError, label: &str) -> CryptoError {
    match error {
        CryptoError::InvalidKey(reason) => {
            CryptoError::InvalidKey(format!("PEM block {label}: {reason}"))
        }
        other => other,
    }
}
