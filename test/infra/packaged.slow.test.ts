// One file for all suites, so that each deployment is packaged once.
import './alarm-topic.suite.ts';
import './alarms.suite.ts';
import './aws-rules.suite.ts';
import './dashboards.suite.ts';
import './roles.suite.ts';
import './functions.suite.ts';
import './outcomes.suite.ts';
import './queues.suite.ts';
import './registry.suite.ts';
import './sweeps.suite.ts';
import './validation.suite.ts';
