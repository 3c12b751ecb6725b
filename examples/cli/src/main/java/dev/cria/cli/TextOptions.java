package dev.cria.cli;

import dev.cria.model.TextRequest;
import dev.cria.model.generation.GenerationOptions;
import dev.cria.model.generation.Option;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Spec;

/** How text is generated: a command that has this takes every option of the API, under its name in property files. */
@Command
final class TextOptions {
    private CommandSpec command = CommandSpec.create();

    @Spec(Spec.Target.MIXEE)
    void addTo(CommandSpec mixee) {
        command = mixee;
        Option.all().forEach(option -> mixee.addOption(spec(option)));
    }

    private static String name(Option<?> option) {
        return "--" + option.propertyName();
    }

    private static OptionSpec spec(Option<?> option) {
        OptionSpec.Builder builder = OptionSpec.builder(name(option)).description(option.description()
                + (option.isRepeatable() ? "; may be repeated" : "") + " (default: " + option.defaultValue() + ")");
        if (option == Option.LOGIT_BIAS) {
            return builder.paramLabel("TOKEN=BIAS").type(Map.class).auxiliaryTypes(String.class, String.class).build();
        }
        String label = option.propertyName().replaceFirst(".*-", "").toUpperCase(Locale.ROOT);
        return option.isRepeatable()
                ? builder.paramLabel(label).type(List.class).auxiliaryTypes(String.class).build()
                : builder.paramLabel(label).type(String.class).build();
    }

    <S extends TextRequest<S>> S apply(S request) {
        Option.all().forEach(option -> WeightOptions.set(command, name(option), given(option),
                value -> request.options(GenerationOptions.of(Map.of(option.name(), value)))));
        return request;
    }

    private Optional<Object> given(Option<?> option) {
        return Optional.ofNullable(command.commandLine().getParseResult().matchedOptionValue(name(option), null));
    }
}
