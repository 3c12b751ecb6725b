package dev.cria.junit;

import dev.cria.core.CriaException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * What whoever runs the tests has set: configuration parameters of JUnit, which include system properties, and the
 * environment.
 */
record RunSettings(ExtensionContext context) {
    private static final Pattern PLACEHOLDER = Pattern.compile("\\$\\{([^}]*)}");

    /** What to do with transcripts. */
    enum Transcripts {
        REPLAY,
        RECORD,
        LIVE
    }

    /** What to do with snapshots. */
    enum Approval {
        CHECK,
        APPROVE
    }

    Optional<String> value(String name) {
        return context.getConfigurationParameter(name).or(() -> Optional.ofNullable(System.getProperty(name)))
                .or(() -> Optional.ofNullable(System.getenv(environmentName(name)))).filter(text -> !text.isBlank());
    }

    private static String environmentName(String name) {
        return name.toUpperCase(Locale.ROOT).replaceAll("[^A-Z0-9]", "_");
    }

    /** {@return the text with every placeholder replaced, or the reason why that cannot be} */
    Resolved resolve(String text) {
        StringBuilder resolved = new StringBuilder();
        Matcher matcher = PLACEHOLDER.matcher(text);
        while (matcher.find()) {
            String name = matcher.group(1);
            Optional<String> value = value(name);
            if (value.isEmpty()) {
                return new Resolved(text, Optional.of("neither the property " + name + " nor the environment variable "
                        + environmentName(name) + " is set"));
            }
            matcher.appendReplacement(resolved, Matcher.quoteReplacement(value.get()));
        }
        return new Resolved(matcher.appendTail(resolved).toString(), Optional.empty());
    }

    /**
     * A text with values for its placeholders.
     *
     * @param text the text
     * @param problem why there is none
     */
    record Resolved(String text, Optional<String> problem) {}

    Path resources() {
        return Path.of(value("cria.test.resources").orElse("src/test/resources"));
    }

    Transcripts transcripts() {
        return choice("cria.transcripts", Transcripts.REPLAY);
    }

    Approval approval() {
        return choice("cria.snapshots", Approval.CHECK);
    }

    private <E extends Enum<E>> E choice(String name, E fallback) {
        Optional<String> value = value(name);
        if (value.isEmpty()) {
            return fallback;
        }
        Class<E> type = fallback.getDeclaringClass();
        return Arrays.stream(type.getEnumConstants()).filter(choice -> choice.name().equalsIgnoreCase(value.get()))
                .findFirst().orElseThrow(() -> new CriaException(name + " must be "
                        + Arrays.stream(type.getEnumConstants()).map(choice -> choice.name().toLowerCase(Locale.ROOT))
                                .collect(Collectors.joining(" or "))
                        + ", but is " + value.get()));
    }
}
