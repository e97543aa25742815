package io.diskless.drbd.cli;

import io.diskless.drbd.DrbdException;
import io.diskless.drbd.meta.MetaFlag;
import io.diskless.drbd.meta.MetaImage;
import io.diskless.drbd.meta.Superblock;
import io.diskless.drbd.state.SplitBrainPolicies;
import io.diskless.drbd.state.SyncHandshake;
import io.diskless.drbd.state.UuidComparison;
import io.diskless.drbd.wire.Dialect;
import io.diskless.drbd.wire.DiskState;
import io.diskless.drbd.wire.Role;
import io.diskless.drbd.wire.Uuids;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** What two nodes would decide if they connected. */
@Command(
        name = "explain",
        description = {
            "Tell what two nodes would decide if they connected, both Secondary, and by which rule.",
            "A and B are images or devices, or identifiers as `drbdadm get-gi` prints them:",
            "current:bitmap:history0:history1, then optionally consistent, up-to-date, primary and four more of 0 or 1."
        })
final class ExplainCommand implements Callable<Integer> {
    private static final Pattern IDENTIFIERS = Pattern.compile("[0-9A-Fa-f]{1,16}(:[0-9A-Fa-f]{1,16}){3}(:[01]){0,7}");

    /** Fields of get-gi behind the four identifiers. */
    private static final int CONSISTENT = 4;

    private static final int UP_TO_DATE = 5;
    private static final int PRIMARY = 6;
    private static final int CRASHED_PRIMARY = 10;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Parameters(index = "0", paramLabel = "A", description = "this node")
    private String a = "";

    @Parameters(index = "1", paramLabel = "B", description = "its peer")
    private String b = "";

    @Mixin
    private MetaCommand.Place place = new MetaCommand.Place();

    @Option(names = "--protocol", description = "the agreed version, 86 to 101. Default: ${DEFAULT-VALUE}.")
    private int protocol = Dialect.MAX_VERSION;

    /** One side: what it would send, and what its disk is. */
    private record Side(Uuids uuids, DiskState disk) {}

    @Override
    public Integer call() throws IOException {
        if (protocol < Dialect.MIN_VERSION || protocol > Dialect.MAX_VERSION) {
            throw new IllegalArgumentException(
                    "--protocol is " + Dialect.MIN_VERSION + " to " + Dialect.MAX_VERSION + ", got " + protocol);
        }
        Side self = side(a);
        Side peer = side(b);
        int features = protocol >= 100 ? Dialect.FF_ALL : 0;
        UuidComparison.Context context =
                new UuidComparison.Context(new Dialect(protocol, features), Role.SECONDARY, Role.SECONDARY, true);
        SyncHandshake.Decision decision = SyncHandshake.decide(new SyncHandshake.Situation(
                self.uuids, peer.uuids, context, self.disk, self.disk, peer.disk, SplitBrainPolicies.DEFAULT, false));
        spec.commandLine().getOut().println(decision.explain());
        return 0;
    }

    private Side side(String what) throws IOException {
        if (IDENTIFIERS.matcher(what).matches()) {
            return parse(what);
        }
        MetaImage image = place.read(Path.of(what));
        Superblock s = image.superblock();
        return new Side(image.uuids(), disk(s.has(MetaFlag.CONSISTENT), s.has(MetaFlag.WAS_UP_TO_DATE)));
    }

    private static DiskState disk(boolean consistent, boolean upToDate) {
        if (!consistent) {
            return DiskState.INCONSISTENT;
        }
        return upToDate ? DiskState.CONSISTENT : DiskState.OUTDATED;
    }

    private static Side parse(String text) throws DrbdException {
        String[] fields = text.split(":", -1);
        long[] uuids = new long[4];
        for (int i = 0; i < uuids.length; i++) {
            uuids[i] = Long.parseUnsignedLong(fields[i], 16);
        }
        // Identifiers alone say nothing of the disk: take it to be good, unless it never held data.
        boolean told = fields.length > UP_TO_DATE;
        boolean consistent = told ? fields[CONSISTENT].equals("1") : uuids[0] != Uuids.JUST_CREATED;
        boolean upToDate = told ? fields[UP_TO_DATE].equals("1") : consistent;
        boolean crashed = isSet(fields, PRIMARY) || isSet(fields, CRASHED_PRIMARY);
        long flags = (crashed ? Uuids.FLAG_CRASHED_PRIMARY : 0) | (consistent ? 0 : Uuids.FLAG_INCONSISTENT);
        return new Side(new Uuids(uuids[0], uuids[1], uuids[2], uuids[3], 0, flags), disk(consistent, upToDate));
    }

    private static boolean isSet(String[] fields, int index) {
        return fields.length > index && fields[index].equals("1");
    }
}
