//! What the kernel dropped because a socket's buffer was full, as Linux tells it in `/proc/net`.
//!
//! The figure is a column of the table of datagram sockets, found by the socket's inode. It costs
//! nothing while packets come, which a control message on each of them (`SO_RXQ_OVFL`) would.

use std::os::fd::AsRawFd;
use std::os::unix::fs::MetadataExt as _;

/// Counts for one socket.
#[derive(Debug)]
pub(super) struct Drops {
    inode: Option<u64>,
    seen: u64,
}

impl Drops {
    /// Counts for this socket; where there is no `/proc`, nothing is ever dropped.
    pub(super) fn of(socket: &impl AsRawFd) -> Self {
        let link = format!("/proc/self/fd/{}", socket.as_raw_fd());
        let inode = std::fs::metadata(link).map(|socket| socket.ino()).ok();
        Self { inode, seen: 0 }
    }

    /// Datagrams dropped since it was asked last.
    pub(super) fn news(&mut self) -> u64 {
        let Some(inode) = self.inode else { return 0 };
        let tables = ["/proc/net/udp", "/proc/net/udp6"];
        let dropped = tables.into_iter().find_map(|table| {
            let table = std::fs::read_to_string(table).ok()?;
            dropped(&table, inode)
        });
        let Some(dropped) = dropped else { return 0 };
        let news = dropped.saturating_sub(self.seen);
        self.seen = dropped;
        news
    }
}

/// The last column of the socket's line; the inode is the tenth.
fn dropped(table: &str, inode: u64) -> Option<u64> {
    table.lines().find_map(|line| {
        let mut columns = line.split_ascii_whitespace();
        let mine = columns.nth(9)?.parse() == Ok(inode);
        mine.then(|| columns.next_back()?.parse().ok()).flatten()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_kernel_dropped_is_found_by_the_socket() {
        let table = "   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops\n\
            \x20 411: 0100007F:2364 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 51433 2 00000000a1c5e1f3 0\n\
            \x20 412: 0100007F:13C4 00000000:0000 07 00000000:00034A00 00:00000000 00000000  1000        0 51434 2 00000000a1c5e1f4 8231\n";
        assert_eq!(dropped(table, 51_434), Some(8_231));
        assert_eq!(dropped(table, 51_433), Some(0));
        assert_eq!(dropped(table, 1), None);
    }

    #[test]
    fn a_socket_of_ours_is_in_the_table() {
        let socket = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
        let mut drops = Drops::of(&socket);
        let table = std::fs::read_to_string("/proc/net/udp").unwrap();
        assert_eq!(dropped(&table, drops.inode.unwrap()), Some(0));
        assert_eq!(drops.news(), 0);
    }
}
