package app;

import dev.cria.model.Chat;
import dev.cria.model.LlamaModel;
import dev.cria.tiny.TinyLlama;
import java.util.Iterator;

/** Loads models and closes none; prints what is left of them. In a package of its own, as users' programs are. */
public final class ForgetfulApplication {
    private ForgetfulApplication() {}

    public static void main(String[] arguments) throws InterruptedException {
        for (int i = 0; i < 5; i++) {
            use();
        }
        waitFor(0);
        System.out.println("nothing is left");

        Chat chat = TinyLlama.builder().threads(2).load().chat();
        Iterator<String> pieces = TinyLlama.builder().threads(2).load().generate("Once").maxTokens(20).stream()
                .iterator();
        LlamaModel view = TinyLlama.builder().threads(2).load().withDefaults(options -> options.maxTokens(3));
        pieces.next();
        for (int i = 0; i < 5; i++) {
            System.gc();
            Thread.sleep(50);
        }
        chat.user("Hello").maxTokens(3).text();
        pieces.next();
        view.generate("Once").text();
        System.out.println("what is used is kept: " + workers());
    }

    private static void use() {
        LlamaModel model = TinyLlama.builder().threads(2).load();
        model.generate("Once").maxTokens(3).text();
    }

    private static void waitFor(long workers) throws InterruptedException {
        while (workers() > workers) {
            System.gc();
            Thread.sleep(20);
        }
    }

    private static long workers() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("cria-worker")).count();
    }
}
