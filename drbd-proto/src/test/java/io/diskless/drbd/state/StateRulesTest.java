package io.diskless.drbd.state;

import static io.diskless.drbd.wire.ConnectionState.CONNECTED;
import static io.diskless.drbd.wire.ConnectionState.STAND_ALONE;
import static io.diskless.drbd.wire.ConnectionState.WF_CONNECTION;
import static org.assertj.core.api.Assertions.assertThat;

import io.diskless.drbd.wire.ConnectionState;
import io.diskless.drbd.wire.Dialect;
import io.diskless.drbd.wire.DiskState;
import io.diskless.drbd.wire.Role;
import io.diskless.drbd.wire.StateWord;
import io.diskless.drbd.wire.Uuids;
import io.diskless.drbd.wire.VolumeState;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The rules one by one: numbers as in the semantics specification. */
class StateRulesTest {
    /** Columns: rule, wanted state, what it becomes. Written role/peer conn disk/pdsk and pauses. */
    @ParameterizedTest(name = "rule {0}: {1} becomes {2}")
    @CsvSource({
        "1, PRIMARY/SECONDARY WF_CONNECTION UP_TO_DATE/UP_TO_DATE peer_isp, PRIMARY/UNKNOWN WF_CONNECTION UP_TO_DATE/D_UNKNOWN",
        "1, PRIMARY/SECONDARY TIMEOUT UP_TO_DATE/INCONSISTENT,              PRIMARY/UNKNOWN TIMEOUT UP_TO_DATE/INCONSISTENT",
        "1, PRIMARY/SECONDARY TIMEOUT UP_TO_DATE/OUTDATED,                  PRIMARY/UNKNOWN TIMEOUT UP_TO_DATE/OUTDATED",
        "2, SECONDARY/UNKNOWN STAND_ALONE DISKLESS/D_UNKNOWN aftr_isp,      SECONDARY/UNKNOWN STAND_ALONE DISKLESS/D_UNKNOWN",
        "3, SECONDARY/PRIMARY SYNC_TARGET FAILED/UP_TO_DATE,                SECONDARY/PRIMARY CONNECTED FAILED/UP_TO_DATE",
        "3, PRIMARY/SECONDARY VERIFY_S UP_TO_DATE/DISKLESS,                 PRIMARY/SECONDARY CONNECTED UP_TO_DATE/DISKLESS",
        "4, PRIMARY/UNKNOWN WF_CONNECTION NEGOTIATING/D_UNKNOWN,            PRIMARY/UNKNOWN WF_CONNECTION UP_TO_DATE/D_UNKNOWN",
        "5, SECONDARY/SECONDARY CONNECTED OUTDATED/CONSISTENT,              SECONDARY/SECONDARY CONNECTED UP_TO_DATE/UP_TO_DATE",
        "6, SECONDARY/PRIMARY WF_BITMAP_T UP_TO_DATE/D_UNKNOWN,             SECONDARY/PRIMARY WF_BITMAP_T OUTDATED/UP_TO_DATE",
        "6, PRIMARY/SECONDARY WF_BITMAP_S UP_TO_DATE/UP_TO_DATE,            PRIMARY/SECONDARY WF_BITMAP_S UP_TO_DATE/CONSISTENT",
        "6, PRIMARY/SECONDARY WF_BITMAP_T NEGOTIATING/UP_TO_DATE,           PRIMARY/SECONDARY WF_BITMAP_T INCONSISTENT/UP_TO_DATE",
        "6, PRIMARY/SECONDARY AHEAD UP_TO_DATE/UP_TO_DATE,                  PRIMARY/SECONDARY AHEAD UP_TO_DATE/CONSISTENT",
        "6, SECONDARY/PRIMARY BEHIND UP_TO_DATE/UP_TO_DATE,                 SECONDARY/PRIMARY BEHIND OUTDATED/UP_TO_DATE",
        "9, PRIMARY/SECONDARY SYNC_SOURCE UP_TO_DATE/INCONSISTENT user_isp, PRIMARY/SECONDARY PAUSED_SYNC_S UP_TO_DATE/INCONSISTENT user_isp",
        "9, SECONDARY/PRIMARY PAUSED_SYNC_T OUTDATED/UP_TO_DATE,            SECONDARY/PRIMARY SYNC_TARGET INCONSISTENT/UP_TO_DATE",
    })
    void aRuleAtWork(int rule, String wanted, String becomes) {
        assertThat(StateSanitizer.sanitize(state(wanted), state(wanted), StatePolicy.DEFAULT))
                .isEqualTo(state(becomes));
    }

    @Test
    void aDiskWhoseDataNobodyKnowsFallsBackToNothing() {
        VolumeState s = state("PRIMARY/UNKNOWN WF_CONNECTION NEGOTIATING/D_UNKNOWN");

        assertThat(StateSanitizer.sanitize(s, s, StatePolicy.DEFAULT.withDisk(DiskState.CONSISTENT, false))
                        .disk())
                .isEqualTo(DiskState.DISKLESS);
    }

    @Test
    void aFencingPrimaryFreezesWhenItLosesItsPeerAndNotAgainLater() {
        StatePolicy stonith = StatePolicy.DEFAULT.withFencing(StatePolicy.Fencing.RESOURCE_AND_STONITH);
        VolumeState connected = state("PRIMARY/SECONDARY CONNECTED UP_TO_DATE/UP_TO_DATE");
        VolumeState lost = state("PRIMARY/UNKNOWN NETWORK_FAILURE UP_TO_DATE/D_UNKNOWN");

        VolumeState frozen = StateSanitizer.sanitize(connected, lost, stonith);
        assertThat(frozen.has(StateWord.SUSP_FEN)).isTrue();

        VolumeState thawed = frozen.withFlags(StateWord.SUSP_FEN, false);
        assertThat(StateSanitizer.sanitize(thawed, thawed.withConnection(WF_CONNECTION), stonith)
                        .has(StateWord.SUSP_FEN))
                .isFalse();
        assertThat(StateSanitizer.sanitize(connected, lost, StatePolicy.DEFAULT).has(StateWord.SUSP_FEN))
                .isFalse();
    }

    @Test
    void aPrimaryWithoutDataWaitsIfItIsToldTo() {
        StatePolicy suspend = StatePolicy.DEFAULT.withSuspendWithoutData(true);
        VolumeState diskless = state("PRIMARY/SECONDARY CONNECTED DISKLESS/UP_TO_DATE");
        VolumeState lost = state("PRIMARY/UNKNOWN NETWORK_FAILURE DISKLESS/D_UNKNOWN");

        assertThat(StateSanitizer.sanitize(diskless, lost, suspend).has(StateWord.SUSP_NOD))
                .isTrue();
        assertThat(StateSanitizer.sanitize(diskless, lost, StatePolicy.DEFAULT).has(StateWord.SUSP_NOD))
                .isFalse();
    }

    /** Columns: state, code. */
    @ParameterizedTest(name = "{0}: {1}")
    @CsvSource({
        "PRIMARY/PRIMARY CONNECTED UP_TO_DATE/UP_TO_DATE,       -1",
        "PRIMARY/UNKNOWN STAND_ALONE OUTDATED/D_UNKNOWN,        -2",
        "PRIMARY/SECONDARY CONNECTED INCONSISTENT/DISKLESS,     -2",
        "SECONDARY/SECONDARY WF_BITMAP_T DISKLESS/UP_TO_DATE,   -4",
        "SECONDARY/SECONDARY WF_BITMAP_S UP_TO_DATE/DISKLESS,   -5",
        "SECONDARY/SECONDARY SYNC_TARGET INCONSISTENT/OUTDATED, -2",
        "SECONDARY/SECONDARY CONNECTED OUTDATED/UP_TO_DATE,     -6",
        "SECONDARY/SECONDARY STARTING_SYNC_S UP_TO_DATE/D_UNKNOWN, -15",
        "SECONDARY/SECONDARY CONNECTED UP_TO_DATE/D_UNKNOWN,    -6",
        "PRIMARY/SECONDARY CONNECTED DISKLESS/UP_TO_DATE,        1",
        "SECONDARY/SECONDARY VERIFY_S UP_TO_DATE/UP_TO_DATE,     1",
    })
    void aStateThatMayNotBe(String state, int code) {
        assertThat(StateValidator.state(state(state), StatePolicy.DEFAULT).code())
                .isEqualTo(code);
    }

    @Test
    void whatDependsOnSettings() {
        VolumeState alone = state("PRIMARY/UNKNOWN WF_CONNECTION UP_TO_DATE/D_UNKNOWN");
        VolumeState verify = state("SECONDARY/SECONDARY VERIFY_T UP_TO_DATE/UP_TO_DATE");
        VolumeState both = state("PRIMARY/PRIMARY CONNECTED UP_TO_DATE/UP_TO_DATE");
        VolumeState one = state("PRIMARY/SECONDARY CONNECTED UP_TO_DATE/UP_TO_DATE");
        StatePolicy policy = StatePolicy.DEFAULT;

        assertThat(StateValidator.state(alone, policy.withFencing(StatePolicy.Fencing.RESOURCE_ONLY)))
                .isEqualTo(StateChangeResult.PRIMARY_NOP);
        assertThat(StateValidator.state(verify, policy.withDialect(new Dialect(101, 0), false)))
                .isEqualTo(StateChangeResult.NO_VERIFY_ALG);
        assertThat(StateValidator.state(verify, policy.withDialect(new Dialect(87, 0), true)))
                .isEqualTo(StateChangeResult.NOT_SUPPORTED);
        assertThat(StateValidator.state(both, policy.withTwoPrimaries(true))).isEqualTo(StateChangeResult.SUCCESS);
        assertThat(StateValidator.state(one, policy.withUse(false, true)))
                .isEqualTo(StateChangeResult.OTHER_VOLUME_PRIMARY);
    }

    /** Columns: before, after, code. */
    @ParameterizedTest(name = "{0} to {1}: {2}")
    @CsvSource({
        "SECONDARY/SECONDARY CONNECTED UP_TO_DATE/UP_TO_DATE, SECONDARY/SECONDARY CONNECTED UP_TO_DATE/UP_TO_DATE, 2",
        "SECONDARY/SECONDARY CONNECTED UP_TO_DATE/UP_TO_DATE, PRIMARY/SECONDARY CONNECTED UP_TO_DATE/UP_TO_DATE, 1",
        "SECONDARY/SECONDARY SYNC_SOURCE UP_TO_DATE/INCONSISTENT, SECONDARY/SECONDARY VERIFY_S UP_TO_DATE/UP_TO_DATE, -8",
        "SECONDARY/SECONDARY SYNC_SOURCE UP_TO_DATE/INCONSISTENT, SECONDARY/SECONDARY STARTING_SYNC_S UP_TO_DATE/INCONSISTENT, -8",
        "SECONDARY/UNKNOWN WF_CONNECTION UP_TO_DATE/D_UNKNOWN, SECONDARY/SECONDARY VERIFY_S UP_TO_DATE/UP_TO_DATE, -15",
        "SECONDARY/UNKNOWN STAND_ALONE INCONSISTENT/D_UNKNOWN, SECONDARY/UNKNOWN STAND_ALONE OUTDATED/D_UNKNOWN, -16",
        "SECONDARY/UNKNOWN STAND_ALONE ATTACHING/D_UNKNOWN, SECONDARY/UNKNOWN STAND_ALONE OUTDATED/D_UNKNOWN, 1",
        "SECONDARY/UNKNOWN WF_REPORT_PARAMS UP_TO_DATE/D_UNKNOWN, PRIMARY/UNKNOWN WF_REPORT_PARAMS UP_TO_DATE/D_UNKNOWN, -18",
        "SECONDARY/UNKNOWN STAND_ALONE UP_TO_DATE/D_UNKNOWN, SECONDARY/UNKNOWN DISCONNECTING UP_TO_DATE/D_UNKNOWN, -9",
        "SECONDARY/UNKNOWN STAND_ALONE UP_TO_DATE/D_UNKNOWN, SECONDARY/UNKNOWN WF_CONNECTION UP_TO_DATE/D_UNKNOWN, -15",
        "SECONDARY/UNKNOWN DISCONNECTING UP_TO_DATE/D_UNKNOWN, SECONDARY/UNKNOWN UNCONNECTED UP_TO_DATE/D_UNKNOWN, -18",
        "SECONDARY/UNKNOWN TEAR_DOWN UP_TO_DATE/D_UNKNOWN, SECONDARY/UNKNOWN WF_CONNECTION UP_TO_DATE/D_UNKNOWN, -18",
        "SECONDARY/UNKNOWN WF_CONNECTION UP_TO_DATE/D_UNKNOWN, SECONDARY/SECONDARY CONNECTED UP_TO_DATE/UP_TO_DATE, -15",
        // The same defect before and after: the change makes nothing worse.
        "PRIMARY/UNKNOWN WF_CONNECTION DISKLESS/D_UNKNOWN, PRIMARY/UNKNOWN DISCONNECTING DISKLESS/D_UNKNOWN, 1",
    })
    void aWish(String before, String after, int code) {
        assertThat(StateValidator.wish(state(before), state(after), StatePolicy.DEFAULT)
                        .code())
                .isEqualTo(code);
    }

    @Test
    void aDeviceInUseStaysPrimary() {
        VolumeState primary = state("PRIMARY/SECONDARY CONNECTED UP_TO_DATE/UP_TO_DATE");

        assertThat(StateValidator.wish(
                        primary, primary.withRole(Role.SECONDARY), StatePolicy.DEFAULT.withUse(true, false)))
                .isEqualTo(StateChangeResult.DEVICE_IN_USE);
    }

    /** Columns: before, after, whether the peer is asked. */
    @ParameterizedTest(name = "{0} to {1}: {2}")
    @CsvSource({
        "SECONDARY/SECONDARY CONNECTED UP_TO_DATE/UP_TO_DATE, PRIMARY/SECONDARY CONNECTED UP_TO_DATE/UP_TO_DATE, true",
        "PRIMARY/SECONDARY CONNECTED UP_TO_DATE/UP_TO_DATE, SECONDARY/SECONDARY CONNECTED UP_TO_DATE/UP_TO_DATE, false",
        "SECONDARY/UNKNOWN WF_CONNECTION UP_TO_DATE/D_UNKNOWN, PRIMARY/UNKNOWN WF_CONNECTION UP_TO_DATE/D_UNKNOWN, false",
        "SECONDARY/SECONDARY CONNECTED UP_TO_DATE/UP_TO_DATE, SECONDARY/SECONDARY STARTING_SYNC_T INCONSISTENT/UP_TO_DATE, true",
        "SECONDARY/SECONDARY CONNECTED UP_TO_DATE/UP_TO_DATE, SECONDARY/SECONDARY CONNECTED FAILED/UP_TO_DATE, true",
        "SECONDARY/SECONDARY CONNECTED UP_TO_DATE/UP_TO_DATE, SECONDARY/SECONDARY VERIFY_S UP_TO_DATE/UP_TO_DATE, true",
        "SECONDARY/SECONDARY CONNECTED UP_TO_DATE/UP_TO_DATE, SECONDARY/SECONDARY WF_REPORT_PARAMS UP_TO_DATE/UP_TO_DATE, true",
        "SECONDARY/SECONDARY SYNC_SOURCE UP_TO_DATE/INCONSISTENT, SECONDARY/UNKNOWN DISCONNECTING UP_TO_DATE/INCONSISTENT, true",
        "SECONDARY/SECONDARY SYNC_SOURCE UP_TO_DATE/INCONSISTENT, SECONDARY/SECONDARY CONNECTED UP_TO_DATE/UP_TO_DATE, false",
    })
    void whatThePeerIsAsked(String before, String after, boolean asked) {
        assertThat(StateValidator.needsConsent(state(before), state(after))).isEqualTo(asked);
    }

    /** Wire spec §16, captured requests: mask and value as sent, and what they are for their receiver. */
    @ParameterizedTest(name = "{0} {1} becomes {2} {3}")
    @CsvSource({
        "00001e03, 00001001, 0001e00c, 00010004",
        "00000003, 00000001, 0000000c, 00000004",
        "000001f0, 00000120, 000001f0, 00000130",
        "000001f0, 000000c0, 000001f0, 000000b0",
        "00001e00, 00000400, 0001e000, 00004000",
        "000001f0, 00000010, 000001f0, 00000070",
    })
    void aCapturedRequestIsTurned(String mask, String value, String ourMask, String ourValue) {
        assertThat(StatePerspective.turned(HexFormat.fromHexDigits(mask))).isEqualTo(HexFormat.fromHexDigits(ourMask));
        assertThat(StatePerspective.turned(HexFormat.fromHexDigits(value)))
                .isEqualTo(HexFormat.fromHexDigits(ourValue));
    }

    /** Columns: before, after, actions in their order. */
    @ParameterizedTest(name = "{0} to {1}: {2}")
    @CsvSource({
        "PRIMARY/SECONDARY CONNECTED UP_TO_DATE/UP_TO_DATE, PRIMARY/UNKNOWN NETWORK_FAILURE UP_TO_DATE/D_UNKNOWN, NEW_CURRENT_UUID",
        "SECONDARY/PRIMARY CONNECTED UP_TO_DATE/UP_TO_DATE, SECONDARY/UNKNOWN NETWORK_FAILURE UP_TO_DATE/D_UNKNOWN, ''",
        "SECONDARY/PRIMARY CONNECTED UP_TO_DATE/UP_TO_DATE, SECONDARY/PRIMARY CONNECTED UP_TO_DATE/FAILED, NEW_CURRENT_UUID",
        "SECONDARY/SECONDARY CONNECTED UP_TO_DATE/DISKLESS, SECONDARY/PRIMARY CONNECTED UP_TO_DATE/DISKLESS, NEW_CURRENT_UUID",
        "SECONDARY/PRIMARY CONNECTED UP_TO_DATE/DISKLESS, SECONDARY/PRIMARY WF_BITMAP_S UP_TO_DATE/CONSISTENT, SEND_UUIDS ANSWER_STATE SEND_BITMAP",
        "SECONDARY/SECONDARY CONNECTED UP_TO_DATE/UP_TO_DATE, SECONDARY/SECONDARY STARTING_SYNC_S UP_TO_DATE/CONSISTENT, SET_ALL_BITS",
        "SECONDARY/SECONDARY WF_BITMAP_S UP_TO_DATE/CONSISTENT, SECONDARY/SECONDARY SYNC_SOURCE UP_TO_DATE/INCONSISTENT, SEND_SYNC_UUID",
        "SECONDARY/SECONDARY PAUSED_SYNC_S UP_TO_DATE/INCONSISTENT, SECONDARY/SECONDARY SYNC_SOURCE UP_TO_DATE/INCONSISTENT, ''",
        "SECONDARY/UNKNOWN WF_REPORT_PARAMS UP_TO_DATE/D_UNKNOWN, SECONDARY/SECONDARY CONNECTED UP_TO_DATE/UP_TO_DATE, SEND_STATE",
        "SECONDARY/SECONDARY CONNECTED ATTACHING/UP_TO_DATE, SECONDARY/SECONDARY CONNECTED NEGOTIATING/UP_TO_DATE, SEND_SIZES SEND_UUIDS SEND_STATE",
        "PRIMARY/SECONDARY CONNECTED UP_TO_DATE/UP_TO_DATE, SECONDARY/SECONDARY CONNECTED UP_TO_DATE/UP_TO_DATE, WRITE_BITMAP SEND_STATE",
        "PRIMARY/UNKNOWN STAND_ALONE UP_TO_DATE/D_UNKNOWN, SECONDARY/UNKNOWN STAND_ALONE UP_TO_DATE/D_UNKNOWN, WRITE_BITMAP",
        "SECONDARY/PRIMARY SYNC_TARGET INCONSISTENT/UP_TO_DATE, SECONDARY/PRIMARY CONNECTED UP_TO_DATE/UP_TO_DATE, SEND_STATE",
        "PRIMARY/SECONDARY CONNECTED UP_TO_DATE/UP_TO_DATE, PRIMARY/SECONDARY AHEAD UP_TO_DATE/CONSISTENT, SEND_STATE",
        "SECONDARY/PRIMARY CONNECTED UP_TO_DATE/UP_TO_DATE, SECONDARY/PRIMARY CONNECTED FAILED/UP_TO_DATE, SEND_STATE",
        "SECONDARY/SECONDARY VERIFY_S UP_TO_DATE/UP_TO_DATE, SECONDARY/SECONDARY CONNECTED UP_TO_DATE/UP_TO_DATE, SEND_STATE",
    })
    void whatFollows(String before, String after, String actions) {
        Uuids uuids = new Uuids(0xA0, 0, 0, 0, 0, 0);

        assertThat(AfterChange.of(state(before), state(after), uuids, new Dialect(101, 0)))
                .containsExactlyElementsOf(Arrays.stream(actions.split(" ", -1))
                        .filter(a -> !a.isEmpty())
                        .map(AfterChange::valueOf)
                        .toList());
    }

    @Test
    void aGenerationIsBegunOnce() {
        assertThat(AfterChange.needsNewCurrent(
                        state("PRIMARY/SECONDARY CONNECTED UP_TO_DATE/UP_TO_DATE"),
                        state("PRIMARY/UNKNOWN NETWORK_FAILURE UP_TO_DATE/D_UNKNOWN"),
                        new Uuids(0xA0, 0xB0, 0, 0, 0, 0)))
                .isFalse();
    }

    @Test
    void everyCodeHasOneResult() {
        assertThat(StateChangeResult.values())
                .allSatisfy(r -> assertThat(StateChangeResult.ofCode(r.code())).contains(r));
        assertThat(StateChangeResult.ofCode(-3)).isEmpty();
        assertThat(StateChangeResult.ofCode(-22)).isEmpty();
    }

    @Test
    void theChartCanBePrintedAndDrawn() {
        String dot = ConnectionChart.dot();
        String svg = ConnectionDrawing.svg();

        assertThat(ConnectionChart.text()).contains("WFSyncUUID      sync uuid          SyncTarget");
        assertThat(dot).contains("\"WFBitMapS\" -> \"SyncSource\" [label=\"bitmaps exchanged\"]");
        for (ConnectionState s : ConnectionState.values()) {
            if (s != ConnectionState.UNRECOGNIZED) {
                assertThat(svg).contains(">" + s.code() + " " + s.label() + "<");
                assertThat(ConnectionChart.steps())
                        .anyMatch(step -> step.from() == s)
                        .anyMatch(step -> step.to() == s);
            }
        }
        assertThat(ConnectionChart.next(STAND_ALONE, ConnectionEvent.LOST)).isEmpty();
        assertThat(ConnectionChart.steps())
                .allSatisfy(step -> assertThat(StateValidator.connection(step.from(), step.to()))
                        .as("%s", step)
                        .isEqualTo(StateChangeResult.SUCCESS));
        assertThat(ConnectionChart.next(CONNECTED, ConnectionEvent.LOST)).contains(ConnectionState.NETWORK_FAILURE);
    }

    private static VolumeState state(String text) {
        String[] words = text.strip().toUpperCase(Locale.ROOT).split("[ /]", -1);
        VolumeState s = VolumeState.of(
                Role.valueOf(words[0]),
                Role.valueOf(words[1]),
                ConnectionState.valueOf(words[2]),
                DiskState.valueOf(words[3]),
                DiskState.valueOf(words[4]));
        for (int i = 5; i < words.length; i++) {
            s = s.withFlags(
                    switch (words[i]) {
                        case "USER_ISP" -> StateWord.USER_ISP;
                        case "PEER_ISP" -> StateWord.PEER_ISP;
                        default -> StateWord.AFTR_ISP;
                    },
                    true);
        }
        return s;
    }
}
