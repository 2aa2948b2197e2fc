//! The command as its users see it: the built executable, on the plugins that `make plugins` builds.

mod archives;
mod call;
mod check;
mod exec;
mod inspect;
mod install;
mod installed;
mod manual;
mod misc;
mod package;
mod sandbox;
