/** Reserved name: this module has no content yet. */
@org.jspecify.annotations.NullMarked
module io.diskless.netboot {
    requires transitive io.diskless.cluster;
    requires static transitive org.jspecify;
}
