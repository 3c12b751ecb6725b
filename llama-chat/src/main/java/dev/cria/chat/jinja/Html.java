package dev.cria.chat.jinja;

/** What is left of HTML where nothing is escaped by itself: escaping when asked, and Python's {@code Markup}. */
final class Html {
    private Html() {}

    /** {@return the text, escaped unless it is already} */
    static Text escape(Text text, Budget budget) {
        return text.isMarkup() ? text : forceEscape(text, budget);
    }

    static Text forceEscape(Text text, Budget budget) {
        TextBuilder escaped = new TextBuilder(budget);
        for (Text.Piece piece : text.pieces()) {
            String characters = piece.characters();
            int from = 0;
            for (int at = 0; at < characters.length(); at++) {
                String reference = switch (characters.charAt(at)) {
                    case '&' -> "&amp;";
                    case '<' -> "&lt;";
                    case '>' -> "&gt;";
                    case '\'' -> "&#39;";
                    case '"' -> "&#34;";
                    default -> "";
                };
                if (!reference.isEmpty()) {
                    escaped.append(characters, from, at, piece.origin());
                    escaped.append(reference, piece.origin());
                    from = at + 1;
                }
            }
            escaped.append(characters, from, characters.length(), piece.origin());
        }
        return escaped.toText().asMarkup(true);
    }

    /** {@return both texts joined; if one is escaped, the other is escaped first} */
    static Text concatenate(Text a, Text b, Budget budget) {
        boolean markup = a.isMarkup() || b.isMarkup();
        Text first = markup ? escape(a, budget) : a;
        Text second = markup ? escape(b, budget) : b;
        return new TextBuilder(budget).append(first).append(second).toText().asMarkup(markup);
    }

    /** {@return a text without comments and tags, its runs of white space collapsed, its references resolved} */
    static String stripTags(String html) {
        String text = without(without(html, "<!--", "-->"), "<", ">");
        StringBuilder collapsed = new StringBuilder();
        boolean space = false;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (Characters.isSpace(c)) {
                space = !collapsed.isEmpty();
            } else {
                collapsed.append(space ? " " : "").append(c);
                space = false;
            }
        }
        return collapsed.toString().replace("&lt;", "<").replace("&gt;", ">").replace("&#39;", "'")
                .replace("&#34;", "\"").replace("&quot;", "\"").replace("&amp;", "&");
    }

    private static String without(String text, String begin, String end) {
        StringBuilder kept = new StringBuilder();
        int from = 0;
        while (true) {
            int start = text.indexOf(begin, from);
            int stop = start < 0 ? -1 : text.indexOf(end, start);
            if (stop < 0) {
                return kept.append(text, from, text.length()).toString();
            }
            kept.append(text, from, start);
            from = stop + end.length();
        }
    }
}
