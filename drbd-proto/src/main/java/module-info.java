/** Reserved name: this module has no content yet. */
@org.jspecify.annotations.NullMarked
module io.diskless.drbd {
    requires transitive io.diskless.cluster;
    requires static transitive org.jspecify;
}
