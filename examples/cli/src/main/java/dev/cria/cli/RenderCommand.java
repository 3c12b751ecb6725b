package dev.cria.cli;

import dev.cria.chat.JinjaText;
import dev.cria.chat.TemplateException;
import dev.cria.core.host.FileFailure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** What a chat template makes of what it is given, for people who look for a fault in one. */
@Command(name = "render", mixinStandardHelpOptions = true, description = "Executes a chat template in Jinja; needs no "
        + "model. A line of standard input is a JSON object of the variables that the template is given (messages, "
        + "add_generation_prompt, bos_token, tools and whatever else); it is given nothing else. A line of standard output "
        + "is what the template writes, a JSON string, or {\"error\", \"message\", \"line\", \"column\"} where it fails. The "
        + "error is syntax, undefined, security, raised or runtime.")
final class RenderCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Option(names = "--template", required = true, paramLabel = "FILE", description = "text of the template")
    private Path template = Path.of("");

    @Option(names = "--now", paramLabel = "TIME", description = "what strftime_now tells, such as "
            + "2025-03-09T08:05:07 (default: the time it is)")
    private Optional<LocalDateTime> now = Optional.empty();

    private Optional<JinjaText> parsed = Optional.empty();

    @Override
    public Integer call() {
        Shell shell = Shell.of(spec);
        String text = text();
        shell.in().forEachLine(line -> shell.out().println(Json.write(render(text, Json.object(line)))));
        return 0;
    }

    private String text() {
        try {
            return Files.readString(template);
        } catch (IOException e) {
            throw FileFailure.reading(template, e);
        }
    }

    private Object render(String text, Map<String, Object> variables) {
        try {
            JinjaText jinja = parsed.orElseGet(() -> JinjaText.parse(text));
            parsed = Optional.of(jinja);
            return jinja.render(variables, now.orElseGet(() -> LocalDateTime.now(ZoneId.systemDefault())));
        } catch (TemplateException e) {
            Map<String, Object> failure = new LinkedHashMap<>();
            failure.put("error", e.kind().name().toLowerCase(Locale.ROOT));
            failure.put("message", String.valueOf(e.getMessage()));
            failure.put("line", e.line());
            failure.put("column", e.column());
            return failure;
        }
    }
}
