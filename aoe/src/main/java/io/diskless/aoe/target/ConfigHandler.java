package io.diskless.aoe.target;

import io.diskless.aoe.link.Frame;
import io.diskless.aoe.wire.AoeHeader;
import io.diskless.aoe.wire.ConfigFields;
import java.nio.ByteBuffer;
import java.util.Arrays;

/** AoE command 1, Query Config (spec §5). Confined to the port's thread. */
final class ConfigHandler {
    private static final int AT = AoeHeader.AT;
    private static final int STRING_AT = AT + ConfigFields.LENGTH;

    private final PortLoop port;

    ConfigHandler(PortLoop port) {
        this.port = port;
    }

    /** Handles a request that the validator accepted; false if the peer may not do this. */
    boolean handle(Frame frame, PortExport export, Peer peer, int grant) {
        ByteBuffer b = frame.bytes();
        int command = ConfigFields.command(b, AT);
        int length = ConfigFields.stringLength(b, AT);
        boolean change = command == ConfigFields.SET || command == ConfigFields.FORCE;
        if (!AccessControl.allows(grant, change ? Operation.CONFIG_WRITE : Operation.CONFIG_READ)) {
            return false;
        }
        export.count(PortExport.CONFIG);
        if (change) {
            byte[] wanted = new byte[length];
            b.get(STRING_AT, wanted);
            change(frame, export, peer, command, wanted);
            return true;
        }
        port.changes().read(frame, export, peer);
        if (matches(command, export.export.settings().rawConfig(), b, length)) {
            Frame tx = port.replies().claim();
            if (tx != null) {
                byte[] string = export.export.settings().rawConfig();
                port.replies().config(tx, peer.mac(), export, 0, AoeHeader.tag(b, AT), command, string);
            }
        }
        return true;
    }

    private void change(Frame frame, PortExport export, Peer peer, int command, byte[] wanted) {
        long source = peer.mac();
        int tag = AoeHeader.tag(frame.bytes(), AT);
        port.changes()
                .submit(
                        frame,
                        export,
                        peer,
                        now -> {
                            byte[] string = now.rawConfig();
                            boolean refused =
                                    command == ConfigFields.SET && string.length > 0 && !Arrays.equals(string, wanted);
                            ExportSettings after = refused ? now : now.withConfig(wanted);
                            int error = refused ? AoeHeader.ERR_CONFIG_PRESENT : 0;
                            return new SettingsChange.Outcome(
                                    after, !refused, tx -> answer(tx, source, export, error, tag, command, after));
                        },
                        tx -> answer(tx, source, export, 0, tag, command, export.export.settings()));
    }

    private void answer(
            Frame tx, long to, PortExport export, int error, int tag, int command, ExportSettings settings) {
        port.replies().config(tx, to, export, error, tag, command, settings.rawConfig());
    }

    /** Whether the question is to be answered; no allocation. */
    static boolean matches(int command, byte[] string, ByteBuffer b, int length) {
        if (command == ConfigFields.READ) {
            return true;
        }
        if (length > string.length || (command == ConfigFields.TEST && length != string.length)) {
            return false;
        }
        for (int i = 0; i < length; i++) {
            if (b.get(STRING_AT + i) != string[i]) {
                return false;
            }
        }
        return true;
    }
}
