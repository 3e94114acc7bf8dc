export { adminService } from "./adminService.ts";
