package io.diskless.cluster.draw;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Puts boxes into rows so that lines lead down and cross seldom (K. Sugiyama, S. Tagawa, M. Toda, "Methods for Visual
 * Understanding of Hierarchical System Structures", 1981). Immutable once made.
 *
 * <p>Four steps, each of which gives the same for the same picture: rows, by rank or by the longest way from the top; places in
 * a row, by the mean of the neighbours' places, swept down and up, the order with the fewest crossings kept; positions, which
 * come as near to the mean of the neighbours as the distance to the next box allows, by least squares over the row; and
 * heights. A line over several rows passes each in a place of its own.
 */
final class LayeredLayout {
    static final double CHARACTER = 7.3;
    static final int LINE = 17;
    static final int PADDING = 9;
    private static final int GAP_X = 26;
    private static final int GAP_Y = 64;
    private static final int SWEEPS = 12;

    /** A box, or the place where a line passes a row. */
    static final class Place {
        final int index;
        final double width;
        final double height;
        final int rank;
        final List<Place> up = new ArrayList<>();
        final List<Place> down = new ArrayList<>();
        double x;
        double y;
        int order;

        Place(int index, int rank, double width, double height) {
            this.index = index;
            this.rank = rank;
            this.width = width;
            this.height = height;
        }
    }

    /** Of each box, in the picture's order; x is the middle, y the upper edge. */
    final List<Place> boxes = new ArrayList<>();
    /** Of each line the places from its first box to its last. */
    final List<List<Place>> ways = new ArrayList<>();

    double width;
    double height;

    private final List<List<Place>> rows = new ArrayList<>();

    private LayeredLayout() {}

    static LayeredLayout of(Picture picture) {
        LayeredLayout layout = new LayeredLayout();
        layout.place(picture);
        layout.order();
        layout.position();
        return layout;
    }

    static double textWidth(String text) {
        return text.codePointCount(0, text.length()) * CHARACTER;
    }

    private void place(Picture picture) {
        Map<String, Integer> index = new HashMap<>();
        for (Box box : picture.boxes()) {
            index.put(box.id(), index.size());
        }
        int[] ranks = ranks(picture, index);
        for (Box box : picture.boxes()) {
            double wide = box.lines().stream()
                    .mapToDouble(LayeredLayout::textWidth)
                    .max()
                    .orElse(0);
            int i = boxes.size();
            boxes.add(put(new Place(i, ranks[i], wide + 2 * PADDING, box.lines().size() * LINE + 2 * PADDING)));
        }
        for (Link link : picture.links()) {
            Place from = boxes.get(index.getOrDefault(link.from(), 0));
            Place to = boxes.get(index.getOrDefault(link.to(), 0));
            List<Place> way = new ArrayList<>(List.of(from));
            int step = Integer.signum(to.rank - from.rank);
            for (int rank = from.rank + step; step != 0 && rank != to.rank; rank += step) {
                way.add(put(new Place(-1, rank, 6, 0)));
            }
            way.add(to);
            for (int i = 1; i < way.size(); i++) {
                Place upper = step < 0 ? way.get(i) : way.get(i - 1);
                Place lower = step < 0 ? way.get(i - 1) : way.get(i);
                if (step != 0) {
                    upper.down.add(lower);
                    lower.up.add(upper);
                }
            }
            ways.add(way);
        }
    }

    private Place put(Place place) {
        while (rows.size() <= place.rank) {
            rows.add(new ArrayList<>());
        }
        place.order = rows.get(place.rank).size();
        rows.get(place.rank).add(place);
        return place;
    }

    /** The given ranks, else one below the lowest box from which a line leads here; a line that closes a circle does not count. */
    private static int[] ranks(Picture picture, Map<String, Integer> index) {
        int n = picture.boxes().size();
        int[] open = new int[n];
        List<List<Integer>> next = new ArrayList<>();
        for (int i = 0; i < n; i++) {
            next.add(new ArrayList<>());
        }
        for (Link link : picture.links()) {
            int to = index.getOrDefault(link.to(), 0);
            next.get(index.getOrDefault(link.from(), 0)).add(to);
            open[to]++;
        }
        int[] ranks = new int[n];
        boolean[] done = new boolean[n];
        ArrayDeque<Integer> ready = new ArrayDeque<>();
        for (int left = n; left > 0; left--) {
            for (int i = 0; i < n && ready.isEmpty(); i++) {
                // None is ready: a circle, which is entered at its first box.
                if (!done[i] && (open[i] == 0 || allOpen(open, done))) {
                    ready.add(i);
                }
            }
            int i = ready.remove();
            done[i] = true;
            int given = picture.boxes().get(i).rank();
            ranks[i] = given >= 0 ? given : ranks[i];
            for (int to : next.get(i)) {
                open[to]--;
                if (!done[to]) {
                    ranks[to] = Math.max(ranks[to], ranks[i] + 1);
                }
            }
        }
        return ranks;
    }

    private static boolean allOpen(int[] open, boolean[] done) {
        for (int i = 0; i < open.length; i++) {
            if (!done[i] && open[i] == 0) {
                return false;
            }
        }
        return true;
    }

    private void order() {
        List<List<Place>> best = copy();
        long fewest = crossings();
        for (int sweep = 0; sweep < SWEEPS && fewest > 0; sweep++) {
            boolean down = sweep % 2 == 0;
            for (int i = 0; i < rows.size(); i++) {
                List<Place> row = rows.get(down ? i : rows.size() - 1 - i);
                Map<Place, Double> wish = new HashMap<>();
                for (Place place : row) {
                    List<Place> near = down ? place.up : place.down;
                    wish.put(
                            place,
                            near.stream().mapToInt(p -> p.order).average().orElse(place.order));
                }
                row.sort(Comparator.<Place>comparingDouble(wish::get));
                number(row);
            }
            long crossings = crossings();
            if (crossings < fewest) {
                fewest = crossings;
                best = copy();
            }
        }
        for (int i = 0; i < rows.size(); i++) {
            rows.set(i, best.get(i));
            number(rows.get(i));
        }
    }

    private static void number(List<Place> row) {
        for (int i = 0; i < row.size(); i++) {
            row.get(i).order = i;
        }
    }

    private List<List<Place>> copy() {
        List<List<Place>> all = new ArrayList<>();
        rows.forEach(row -> all.add(new ArrayList<>(row)));
        return all;
    }

    private long crossings() {
        long count = 0;
        for (List<Place> row : rows) {
            List<int[]> lines = new ArrayList<>();
            for (Place place : row) {
                for (Place below : place.down) {
                    lines.add(new int[] {place.order, below.order});
                }
            }
            lines.sort(Comparator.<int[]>comparingInt(l -> l[0]).thenComparingInt(l -> l[1]));
            count += inversions(lines, row.isEmpty() ? 0 : widest(lines) + 1);
        }
        return count;
    }

    private static int widest(List<int[]> lines) {
        return lines.stream().mapToInt(l -> l[1]).max().orElse(0);
    }

    /** Pairs of lines of which the left above is the right below, by a tree of counts. */
    private static long inversions(List<int[]> lines, int size) {
        int[] tree = new int[size + 1];
        long count = 0;
        for (int i = 0; i < lines.size(); i++) {
            int at = lines.get(i)[1] + 1;
            int notRight = 0;
            for (int k = at; k > 0; k -= k & -k) {
                notRight += tree[k];
            }
            count += i - notRight;
            for (int k = at; k <= size; k += k & -k) {
                tree[k]++;
            }
        }
        return count;
    }

    private void position() {
        for (List<Place> row : rows) {
            double x = 0;
            for (Place place : row) {
                place.x = x + place.width / 2;
                x += place.width + GAP_X;
            }
        }
        for (int pass = 0; pass < 2 * SWEEPS; pass++) {
            boolean down = pass % 2 == 0;
            for (int i = 0; i < rows.size(); i++) {
                settle(rows.get(down ? i : rows.size() - 1 - i), down);
            }
        }
        double left = Double.MAX_VALUE;
        double right = 0;
        double y = 0;
        for (List<Place> row : rows) {
            double high = row.stream().mapToDouble(p -> p.height).max().orElse(0);
            for (Place place : row) {
                place.y = y + (high - place.height) / 2;
                left = Math.min(left, place.x - place.width / 2);
            }
            y += high + GAP_Y;
        }
        for (List<Place> row : rows) {
            for (Place place : row) {
                place.x -= left;
                right = Math.max(right, place.x + place.width / 2);
            }
        }
        width = right;
        height = Math.max(0, y - GAP_Y);
    }

    /** Moves a row's places as near to their neighbours' mean as their distances allow: pool adjacent violators. */
    private static void settle(List<Place> row, boolean down) {
        int n = row.size();
        double[] offset = new double[n];
        double[] mean = new double[n];
        int[] weight = new int[n];
        int[] first = new int[n];
        int blocks = 0;
        for (int i = 0; i < n; i++) {
            Place place = row.get(i);
            if (i > 0) {
                Place before = row.get(i - 1);
                offset[i] = offset[i - 1] + (before.width + place.width) / 2 + GAP_X;
            }
            List<Place> near = down ? place.up : place.down;
            double wish = near.stream().mapToDouble(p -> p.x).average().orElse(place.x);
            mean[blocks] = wish - offset[i];
            weight[blocks] = near.isEmpty() ? 1 : 4;
            first[blocks] = i;
            blocks++;
            while (blocks > 1 && mean[blocks - 2] > mean[blocks - 1]) {
                int all = weight[blocks - 2] + weight[blocks - 1];
                mean[blocks - 2] =
                        (mean[blocks - 2] * weight[blocks - 2] + mean[blocks - 1] * weight[blocks - 1]) / all;
                weight[blocks - 2] = all;
                blocks--;
            }
        }
        int[] ends = Arrays.copyOf(first, blocks + 1);
        ends[blocks] = n;
        for (int b = 0; b < blocks; b++) {
            for (int i = ends[b]; i < ends[b + 1]; i++) {
                row.get(i).x = mean[b] + offset[i];
            }
        }
    }
}
