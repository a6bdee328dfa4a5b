//! Workers as machines of their own: each in a network namespace, on one bridge with the hosts and the database. Needs
//! Linux, root and iproute2.

use std::net::Ipv4Addr;
use std::process::Command;

const BRIDGE: &str = "offprint-fleet";

/// Where the hosts and the database are, as the machines see it.
pub(crate) const HUB: Ipv4Addr = Ipv4Addr::new(10, 213, 77, 1);

/// Machines on one bridge, gone with this.
#[derive(Debug)]
pub(crate) struct Machines {
    count: u8,
}

impl Machines {
    pub(crate) fn start(count: usize) -> Self {
        let machines = Self {
            count: u8::try_from(count).unwrap(),
        };
        machines.remove();
        ip(&format!("link add {BRIDGE} type bridge"));
        ip(&format!("address add {HUB}/24 dev {BRIDGE}"));
        ip(&format!("link set {BRIDGE} up"));
        for number in 0..machines.count {
            let (name, plug) = (name(number), plug(number));
            ip(&format!("netns add {name}"));
            ip(&format!(
                "link add {plug} type veth peer name eth0 netns {name}"
            ));
            ip(&format!("link set {plug} master {BRIDGE} up"));
            ip(&format!(
                "-n {name} address add {}/24 dev eth0",
                address(number)
            ));
            ip(&format!("-n {name} link set eth0 up"));
            ip(&format!("-n {name} link set lo up"));
        }
        machines
    }

    /// The address of a machine.
    pub(crate) fn address(number: usize) -> Ipv4Addr {
        address(u8::try_from(number).unwrap())
    }

    /// Returns a command that runs a program on a machine, in a process of its own.
    pub(crate) fn command(number: usize, program: &str) -> Command {
        let mut command = Command::new("ip");
        command.args([
            "netns",
            "exec",
            &name(u8::try_from(number).unwrap()),
            program,
        ]);
        command
    }

    /// Pulls the plug of a machine's network, or puts it back.
    pub(crate) fn plugged(number: usize, whether: bool) {
        let plug = plug(u8::try_from(number).unwrap());
        ip(&format!(
            "link set {plug} {}",
            if whether { "up" } else { "down" }
        ));
    }

    /// Takes away what is there, also what a test that was killed has left.
    fn remove(&self) {
        for number in 0..self.count {
            let _ = Command::new("ip")
                .args(["netns", "delete", &name(number)])
                .output();
            let _ = Command::new("ip")
                .args(["link", "delete", &plug(number)])
                .output();
        }
        let _ = Command::new("ip").args(["link", "delete", BRIDGE]).output();
    }
}

impl Drop for Machines {
    fn drop(&mut self) {
        self.remove();
    }
}

fn name(number: u8) -> String {
    format!("{BRIDGE}-{number}")
}

/// The end of a machine's cable in the bridge; the kernel takes 15 characters at most.
fn plug(number: u8) -> String {
    format!("ofp-fleet-{number}")
}

fn address(number: u8) -> Ipv4Addr {
    let [a, b, c, _] = HUB.octets();
    Ipv4Addr::new(a, b, c, number + 10)
}

fn ip(arguments: &str) {
    let output = Command::new("ip")
        .args(arguments.split(' '))
        .output()
        .expect("iproute2 is missing");
    assert!(
        output.status.success(),
        "ip {arguments}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
}
