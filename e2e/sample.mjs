// Makes the sample agency that the stories copy. Runs once before them.
import { makeSample } from "./lib/server.mjs";

await makeSample();
