package dev.cria.model.decoding;

import java.util.List;

/**
 * Looks for stop strings in a text that comes in pieces and lets through only what cannot belong to one. The string
 * that is complete first wins, and of those complete at the same character the longest: so the outcome does not depend
 * on where one piece ends and the next begins. Each character is looked at once (Knuth, Morris and Pratt 1977).
 */
final class StopStrings {
    private final List<Matcher> matchers;
    private final StringBuilder held = new StringBuilder();
    private boolean matched;

    StopStrings(List<String> stops) {
        matchers = stops.stream().map(Matcher::new).toList();
    }

    /** {@return the text that is certain now; after a match, what precedes the stop string} */
    String accept(String piece) {
        if (matched) {
            return "";
        }
        for (int i = 0; i < piece.length(); i++) {
            char next = piece.charAt(i);
            held.append(next);
            int longest = 0;
            for (Matcher matcher : matchers) {
                if (matcher.completes(next)) {
                    longest = Math.max(longest, matcher.length());
                }
            }
            if (longest > 0) {
                matched = true;
                return held.substring(0, held.length() - longest);
            }
        }
        return release(held.length() - matchers.stream().mapToInt(Matcher::progress).max().orElse(0));
    }

    /** {@return the text that was held back and turned out not to be a stop string} */
    String finish() {
        return matched ? "" : release(held.length());
    }

    boolean matched() {
        return matched;
    }

    private String release(int length) {
        String certain = held.substring(0, length);
        held.delete(0, length);
        return certain;
    }

    /** How far one stop string has been seen. */
    private static final class Matcher {
        private final String stop;
        /** For each length of a beginning: the length of its longest proper end that is a beginning too. */
        private final int[] borders;
        private int progress;

        Matcher(String stop) {
            this.stop = stop;
            borders = new int[stop.length() + 1];
            int border = 0;
            for (int length = 2; length <= stop.length(); length++) {
                border = extend(border, stop.charAt(length - 1));
                borders[length] = border;
            }
        }

        boolean completes(char next) {
            progress = extend(progress, next);
            return progress == stop.length();
        }

        private int extend(int from, char next) {
            int length = from;
            while (length > 0 && stop.charAt(length) != next) {
                length = borders[length];
            }
            return stop.charAt(length) == next ? length + 1 : 0;
        }

        int progress() {
            return progress;
        }

        int length() {
            return stop.length();
        }
    }
}
