package io.diskless.aoe.cli;

import io.diskless.cluster.net.AoeAddress;
import io.diskless.cluster.net.MacAddress;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.List;

/** Prints a list of addresses: one a line, or as JSON. */
final class MacList {
    private MacList() {}

    static void print(PrintWriter out, boolean asJson, AoeAddress address, String name, List<MacAddress> macs)
            throws IOException {
        if (!asJson) {
            macs.forEach(out::println);
            return;
        }
        Json.print(out, json -> {
            json.writeStringField("target", address.toString());
            json.writeArrayFieldStart(name);
            for (MacAddress mac : macs) {
                json.writeString(mac.toString());
            }
            json.writeEndArray();
        });
    }
}
