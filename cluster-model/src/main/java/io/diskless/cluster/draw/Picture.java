package io.diskless.cluster.draw;

import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * Boxes and lines before anybody has laid them out. Immutable.
 *
 * @param title one line
 * @param notes what the picture says, in words; may be empty
 * @param boxes in the order in which they should stand where nothing else decides
 * @param links each between two of the boxes
 */
public record Picture(String title, List<String> notes, List<Box> boxes, List<Link> links) {
    /**
     * Copies the lists.
     *
     * @throws IllegalArgumentException if two boxes have one name, or a line leads to none
     */
    public Picture {
        Objects.requireNonNull(title, "title");
        notes = List.copyOf(notes);
        boxes = List.copyOf(boxes);
        links = List.copyOf(links);
        Set<String> names = new HashSet<>();
        for (Box box : boxes) {
            if (!names.add(box.id())) {
                throw new IllegalArgumentException("two boxes have the name " + box.id());
            }
        }
        for (Link link : links) {
            if (!names.contains(link.from()) || !names.contains(link.to())) {
                throw new IllegalArgumentException(
                        link.from() + " to " + link.to() + " leads to a box that is not there");
            }
        }
    }

    /** {@return an SVG document, laid out in rows; light or dark as its reader's system is} */
    public String svg() {
        return SvgWriter.write(this, LayeredLayout.of(this));
    }

    /** {@return a graph for Graphviz} */
    public String dot() {
        return GraphWriter.dot(this);
    }

    /** {@return a flowchart for Mermaid} */
    public String mermaid() {
        return GraphWriter.mermaid(this);
    }
}
