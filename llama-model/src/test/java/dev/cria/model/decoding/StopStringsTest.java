package dev.cria.model.decoding;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.CharRange;
import net.jqwik.api.constraints.NotEmpty;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.api.Test;

class StopStringsTest {
    @Test
    void theStringThatIsCompleteFirstWins() {
        StopStrings stops = new StopStrings(List.of("abcd", "bc"));
        assertThat(stops.accept("xabcd")).isEqualTo("xa");
        assertThat(stops.matched()).isTrue();
    }

    @Test
    void anotherBeginningInsideABrokenOffMatchIsSeen() {
        StopStrings stops = new StopStrings(List.of("aab"));
        assertThat(stops.accept("aa")).isEmpty();
        assertThat(stops.accept("ab")).isEqualTo("a");
        assertThat(stops.matched()).isTrue();
    }

    @Property
    void theTextIsThatBeforeTheFirstCompleteStringForAnyPieces(
            @ForAll @Size(min = 1, max = 30) List<@StringLength(max = 4) @CharRange(from = 'a', to = 'c') String> pieces,
            @ForAll @Size(min = 1, max = 3) List<@NotEmpty @StringLength(max = 5) @CharRange(from = 'a', to = 'c') String> strings) {
        StopStrings stops = new StopStrings(strings);
        StringBuilder given = new StringBuilder();
        pieces.forEach(piece -> given.append(stops.accept(piece)));
        given.append(stops.finish());

        String whole = String.join("", pieces);
        for (int end = 1; end <= whole.length(); end++) {
            String beginning = whole.substring(0, end);
            int longest = strings.stream().filter(beginning::endsWith).mapToInt(String::length).max().orElse(0);
            if (longest > 0) {
                assertThat(stops.matched()).isTrue();
                assertThat(given.toString()).isEqualTo(whole.substring(0, end - longest));
                return;
            }
        }
        assertThat(stops.matched()).isFalse();
        assertThat(given.toString()).isEqualTo(whole);
    }

    @Property
    void strippingPiecesIsStrippingTheWhole(
            @ForAll @Size(max = 20) List<@StringLength(max = 4) @CharRange(from = ' ', to = '"') String> pieces) {
        StrippedText stripped = new StrippedText(false);
        StringBuilder given = new StringBuilder();
        pieces.forEach(piece -> given.append(stripped.accept(piece)));
        assertThat(given.toString()).isEqualTo(String.join("", pieces).strip());
    }
}
