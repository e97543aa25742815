package io.diskless.cluster.model.operation;

import io.diskless.cluster.model.Claim;
import io.diskless.cluster.model.Entity;
import io.diskless.cluster.model.Model;
import io.diskless.cluster.model.compute.Instance;
import io.diskless.cluster.model.compute.Placement;
import io.diskless.cluster.model.id.EntityId;
import io.diskless.cluster.model.id.InstanceId;
import io.diskless.cluster.model.id.LayerId;
import io.diskless.cluster.model.id.NodeId;
import io.diskless.cluster.model.storage.AoeExport;
import java.util.Objects;

/**
 * What can be asked of a site, as data, with the wish it leads to. Asking for what is already so changes nothing.
 * Implementations are immutable.
 */
public sealed interface Operation
        permits Operation.Put,
                Operation.Remove,
                Operation.ReaddressExport,
                Operation.StartInstance,
                Operation.StopInstance,
                NodeOperation,
                VolumeOperation,
                GuestOperation,
                SiteOperation {
    /**
     * The wish after the operation.
     *
     * @param model the wish before
     * @return a new model; the same if nothing changes
     * @throws IllegalArgumentException if what the operation is about is not in the model
     */
    Model applyTo(Model model);

    /**
     * A thing is added or put in place of another of its name.
     *
     * @param entity the thing
     */
    record Put(Entity entity) implements Operation {
        /** Insists on a thing. */
        public Put {
            Objects.requireNonNull(entity, "entity");
        }

        @Override
        public Model applyTo(Model model) {
            return model.with(entity);
        }

        @Override
        public String toString() {
            return "put " + entity;
        }
    }

    /**
     * A thing is removed.
     *
     * @param id its name
     */
    record Remove(EntityId id) implements Operation {
        /** Insists on a name. */
        public Remove {
            Objects.requireNonNull(id, "id");
        }

        @Override
        public Model applyTo(Model model) {
            return model.without(id);
        }

        @Override
        public String toString() {
            return "remove " + id;
        }
    }

    /**
     * An export gets an address that nobody else has on its segment: the lowest free slot of its shelf, else of the lowest
     * shelf that has one.
     *
     * @param export which
     */
    record ReaddressExport(LayerId export) implements Operation {
        /** Insists on an export. */
        public ReaddressExport {
            Objects.requireNonNull(export, "export");
        }

        @Override
        public Model applyTo(Model model) {
            AoeExport old = model.get(export, AoeExport.class)
                    .orElseThrow(() -> new IllegalArgumentException("there is no export " + export + " in the model"));
            if (model.claimantCount(new Claim.Aoe(old.segment(), old.address())) <= 1) {
                return model;
            }
            return model.with(old.address(
                    Names.freeAddress(model, old.segment(), old.address().shelf())));
        }

        @Override
        public String toString() {
            return "readdress " + export;
        }
    }

    /**
     * A guest runs on a node, whether it is stopped or on another one now.
     *
     * @param instance which guest
     * @param node where
     */
    record StartInstance(InstanceId instance, NodeId node) implements Operation {
        /** Insists on both. */
        public StartInstance {
            Objects.requireNonNull(instance, "instance");
            Objects.requireNonNull(node, "node");
        }

        @Override
        public Model applyTo(Model model) {
            return model.with(guest(model, instance).placement(new Placement.On(node)));
        }

        @Override
        public String toString() {
            return "start " + instance + " on " + node;
        }
    }

    /**
     * A guest runs nowhere.
     *
     * @param instance which guest
     */
    record StopInstance(InstanceId instance) implements Operation {
        /** Insists on a guest. */
        public StopInstance {
            Objects.requireNonNull(instance, "instance");
        }

        @Override
        public Model applyTo(Model model) {
            return model.with(guest(model, instance).placement(new Placement.Stopped()));
        }

        @Override
        public String toString() {
            return "stop " + instance;
        }
    }

    private static Instance guest(Model model, InstanceId id) {
        return model.get(id, Instance.class)
                .orElseThrow(() -> new IllegalArgumentException("there is no " + id + " in the model"));
    }
}
