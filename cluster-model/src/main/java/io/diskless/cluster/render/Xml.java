package io.diskless.cluster.render;

/** Text in XML. Stateless. */
final class Xml {
    private Xml() {}

    /** For elements and for attributes in quotes of both sorts. */
    static String escape(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;")
                .replace("'", "&apos;");
    }
}
