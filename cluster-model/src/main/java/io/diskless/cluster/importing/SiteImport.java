package io.diskless.cluster.importing;

import io.diskless.cluster.conf.ConfigText;
import io.diskless.cluster.conf.Diagnostic;
import io.diskless.cluster.model.Model;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/**
 * What came of reading the files of a site. What no file says, such as how large a disk is, is something that stands in and a
 * warning. Immutable.
 *
 * @param model what is understood of the site
 * @param findings what is wrong with the files, what they disagree on, and what stands in
 * @param repaired the corrected text of each file that was read after a certain correction, by its name
 */
public record SiteImport(Model model, List<Diagnostic> findings, Map<String, ConfigText> repaired) {
    /** Copies the collections. */
    public SiteImport {
        Objects.requireNonNull(model, "model");
        findings = List.copyOf(findings);
        repaired = java.util.Collections.unmodifiableMap(new TreeMap<>(repaired));
    }

    /**
     * Reads all files of all machines.
     *
     * @param hosts the machines
     * @return one model, and everything that is wrong
     * @throws IllegalArgumentException if a machine has a name that none can have, or two have one
     */
    public static SiteImport of(List<HostFiles> hosts) {
        return new Reading(hosts).site();
    }
}
