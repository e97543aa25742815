package io.diskless.netboot.cli;

import io.diskless.netboot.dhcpd.DhcpListener;
import io.diskless.netboot.dhcpd.DhcpReport;
import io.diskless.netboot.http.HttpReport;
import io.diskless.netboot.tftp.TftpListener;
import io.diskless.netboot.tftp.TftpReport;
import java.io.PrintWriter;
import java.net.Inet4Address;
import java.net.InetSocketAddress;

/** What the servers do, one line each. Thread-safe as the writer is. */
final class Lines implements DhcpListener {
    private final PrintWriter out;

    Lines(PrintWriter out) {
        this.out = out;
    }

    @Override
    public void handled(DhcpReport report) {
        out.println(report.mac() + " " + report.stage() + " "
                + report.asked().map(Object::toString).orElse("BOOTP") + ": " + Text.printable(report.reason()));
    }

    @Override
    public void otherServer(String networkInterface, Inet4Address server) {
        out.println("another DHCP server, " + server.getHostAddress() + ", is at work on " + networkInterface);
    }

    void answered(HttpReport report) {
        out.println(client(report.client()) + " HTTP " + report.method() + " " + Text.printable(report.path()) + " "
                + report.status());
    }

    TftpListener transfers() {
        return new TftpListener() {
            @Override
            public void ended(TftpReport report) {
                line(
                        report.client(),
                        "read",
                        report.filename(),
                        report.outcome().toString());
            }

            @Override
            public void received(TftpReport report) {
                line(
                        report.client(),
                        "write",
                        report.filename(),
                        report.outcome().toString());
            }

            @Override
            public void refused(InetSocketAddress client, String filename, int code) {
                line(client, "refused", filename, "ERROR " + code);
            }
        };
    }

    private void line(InetSocketAddress client, String what, String file, String how) {
        out.println(client(client) + " TFTP " + what + " " + Text.printable(file) + " " + how);
    }

    private static String client(InetSocketAddress client) {
        return client.getAddress().getHostAddress();
    }
}
