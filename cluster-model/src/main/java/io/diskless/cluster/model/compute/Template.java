package io.diskless.cluster.model.compute;

import io.diskless.cluster.model.ClaimSink;
import io.diskless.cluster.model.Entity;
import io.diskless.cluster.model.Kind;
import io.diskless.cluster.model.id.InstanceId;
import io.diskless.cluster.model.id.TemplateId;
import java.util.Objects;

/**
 * What new guests are made of. Immutable.
 *
 * @param id its name
 * @param source where its content comes from
 */
public record Template(TemplateId id, Source source) implements Entity {
    /** Where a template's content comes from. Implementations are immutable. */
    public sealed interface Source {
        /**
         * A guest that is copied.
         *
         * @param instance which
         */
        record CopyOf(InstanceId instance) implements Source {
            /** Insists on a guest. */
            public CopyOf {
                Objects.requireNonNull(instance, "instance");
            }
        }

        /**
         * A distribution that is installed into an empty volume, as debootstrap does.
         *
         * @param suite such as {@code bookworm}
         * @param mirror where packages come from
         */
        record Bootstrap(String suite, String mirror) implements Source {
            /** Insists on both. */
            public Bootstrap {
                Objects.requireNonNull(suite, "suite");
                Objects.requireNonNull(mirror, "mirror");
            }
        }
    }

    /** Insists on both. */
    public Template {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(source, "source");
    }

    @Override
    public Kind kind() {
        return Kind.TEMPLATE;
    }

    @Override
    public void describe(ClaimSink sink) {
        if (source instanceof Source.CopyOf copy) {
            sink.refers(copy.instance());
        }
    }
}
